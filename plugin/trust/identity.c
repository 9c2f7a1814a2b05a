/* Names in Fulcio's certificates. */
#include "trust/identity.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FULCIO    "1.3.6.1.4.1.57264.1."
#define OTHER_OID FULCIO "7"
#define TEXT_MAX  8192

/* What follows FULCIO.  1 to 6 are the bytes themselves, the others a DER
 * UTF8String; 7 is a name's type. */
static const char *const extension_names[] = {
	[1] = "oidcIssuer",
	[2] = "githubWorkflowTrigger",
	[3] = "githubWorkflowSha",
	[4] = "githubWorkflowName",
	[5] = "githubWorkflowRepository",
	[6] = "githubWorkflowRef",
	[8] = "issuerV2",
	[9] = "buildSignerURI",
	[10] = "buildSignerDigest",
	[11] = "runnerEnvironment",
	[12] = "sourceRepositoryURI",
	[13] = "sourceRepositoryDigest",
	[14] = "sourceRepositoryRef",
	[15] = "sourceRepositoryIdentifier",
	[16] = "sourceRepositoryOwnerURI",
	[17] = "sourceRepositoryOwnerIdentifier",
	[18] = "buildConfigURI",
	[19] = "buildConfigDigest",
	[20] = "buildTrigger",
	[21] = "runInvocationURI",
	[22] = "sourceRepositoryVisibilityAtSigning",
	[23] = "deploymentEnvironment",
	[24] = "tokenSubject",
};
#define FIRST_DER 8

DEFINE_AUTO(names, GENERAL_NAMES *, GENERAL_NAMES_free);

/* Text that is UTF-8 and has no NUL; the caller frees it.  NULL if not. */
static char *
text_of(struct slice bytes)
{
	if (bytes.len > TEXT_MAX || slice_has_nul(bytes) || !str_is_utf8(bytes))
		return NULL;
	return mem_strndup((const char *)bytes.ptr, bytes.len);
}

static char *
text_of_asn1(const ASN1_STRING *s)
{
	return text_of(
	    slice_of(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)));
}

static void
oid_text(const ASN1_OBJECT *o, char ret[80])
{
	if (OBJ_obj2txt(ret, 80, o, 1) <= 0)
		ret[0] = '\0';
}

static char *
subject_of(const GENERAL_NAME *name)
{
	char oid[80];

	switch (name->type) {
	case GEN_EMAIL:
		return text_of_asn1(name->d.rfc822Name);
	case GEN_URI:
		return text_of_asn1(name->d.uniformResourceIdentifier);
	case GEN_OTHERNAME:
		oid_text(name->d.otherName->type_id, oid);
		if (strcmp(oid, OTHER_OID) != 0 ||
		    name->d.otherName->value->type != V_ASN1_UTF8STRING)
			return NULL;
		return text_of_asn1(name->d.otherName->value->value.utf8string);
	default:
		return NULL;
	}
}

static int
read_subject(X509 *x, struct identity *ret, struct err *e)
{
	int critical = 0;
	AUTO(names)
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(x, NID_subject_alt_name, &critical, NULL);

	if (names == NULL)
		return err_set(e, ERR_CERTIFICATE,
		    critical == -1 ? "certificate names nobody: it has no "
				     "subject alternative name"
				   : "certificate's subject alternative name "
				     "cannot be read");
	if (sk_GENERAL_NAME_num(names) != 1)
		return err_set(e, ERR_CERTIFICATE,
		    "certificate has %d subject alternative names, not exactly "
		    "one",
		    sk_GENERAL_NAME_num(names));
	ret->subject = subject_of(sk_GENERAL_NAME_value(names, 0));
	if (ret->subject == NULL || ret->subject[0] == '\0')
		return err_set(e, ERR_CERTIFICATE,
		    "certificate's subject alternative name is no e-mail "
		    "address, URI or name of Fulcio's");
	return 0;
}

/* A DER UTF8String and nothing behind it; the caller frees it. */
static char *
read_utf8(const unsigned char *der, int len)
{
	const unsigned char *at = der;
	ASN1_UTF8STRING *s = d2i_ASN1_UTF8STRING(NULL, &at, len);
	char *text = s == NULL || at - der != len ? NULL : text_of_asn1(s);

	ASN1_UTF8STRING_free(s);
	return text;
}

static int
read_extension(X509_EXTENSION *ext, struct identity *ret, struct err *e)
{
	const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(ext);
	const unsigned char *der = ASN1_STRING_get0_data(value);
	int len = ASN1_STRING_length(value);
	AUTO(str) char *text = NULL;
	unsigned long number;
	char oid[80];

	oid_text(X509_EXTENSION_get_object(ext), oid);
	if (!str_starts(oid, FULCIO))
		return 0;
	number = strtoul(oid + strlen(FULCIO), NULL, 10);
	if (str_map_get(&ret->extensions, oid) != NULL)
		return err_set(e, ERR_CERTIFICATE,
		    "certificate has extension %s twice", oid);
	text = number < FIRST_DER ? text_of(slice_of(der, (size_t)len))
				  : read_utf8(der, len);
	/* What we do not know may be written as it likes. */
	if (text == NULL && number >= COUNT_OF(extension_names))
		return 0;
	if (text == NULL)
		return err_set(e, ERR_CERTIFICATE,
		    "certificate's extension %s cannot be read", oid);
	str_map_set(&ret->extensions, oid, text);
	if (number < COUNT_OF(extension_names) &&
	    extension_names[number] != NULL)
		str_map_set(&ret->extensions, extension_names[number], text);
	return 0;
}

static int
read_issuer(struct identity *ret, struct err *e)
{
	const char *old = str_map_get(&ret->extensions, FULCIO "1");
	const char *new = str_map_get(&ret->extensions, FULCIO "8");

	if (old != NULL && new != NULL && strcmp(old, new) != 0)
		return err_set(e, ERR_CERTIFICATE,
		    "certificate names two different issuers");
	ret->issuer = mem_strdup_null(new != NULL ? new : old);
	/* It has one name, wherever it was written. */
	if (ret->issuer != NULL)
		str_map_set(&ret->extensions, extension_names[1], ret->issuer);
	return 0;
}

int
identity_read(const struct certificate *c, struct identity *ret, struct err *e)
{
	X509 *x = certificate_x509(c);
	int r = read_subject(x, ret, e);

	for (int i = 0; r == 0 && i < X509_get_ext_count(x); i++)
		r = read_extension(X509_get_ext(x, i), ret, e);
	ERR_clear_error();
	return r < 0 ? r : read_issuer(ret, e);
}

void
identity_clear(struct identity *id)
{
	free(id->subject);
	free(id->issuer);
	str_map_clear(&id->extensions);
	*id = (struct identity){ 0 };
}
