# SPDX 2.3 of the image: the program, the packages whose files are in it and
# those that are linked into it.  Input is the list that make-image writes.
# Licences are those that Debian's copyright files name; a name that SPDX does not
# have becomes a reference to that file.

def id: gsub("[^A-Za-z0-9.-]"; "-");

# Debian's short names, as SPDX calls them.
def known: {
	"Apache-2.0": "Apache-2.0", "Expat": "MIT", "MIT": "MIT", "X11": "X11", "ISC": "ISC",
	"Zlib": "Zlib", "zlib": "Zlib", "CC0": "CC0-1.0", "CC0-1.0": "CC0-1.0", "curl": "curl",
	"BSD-2-clause": "BSD-2-Clause", "BSD-2-Clause": "BSD-2-Clause",
	"BSD-3-clause": "BSD-3-Clause", "BSD-3-Clause": "BSD-3-Clause", "BSD-4-Clause-UC": "BSD-4-Clause-UC",
	"GPL-1+": "GPL-1.0-or-later", "GPL-2": "GPL-2.0-only", "GPL-2.0": "GPL-2.0-only",
	"GPL-2+": "GPL-2.0-or-later", "GPL-3": "GPL-3.0-only", "GPL-3+": "GPL-3.0-or-later",
	"LGPL-2+": "LGPL-2.0-or-later", "LGPL-2.1": "LGPL-2.1-only", "LGPL-2.1+": "LGPL-2.1-or-later",
	"LGPL-3": "LGPL-3.0-only", "LGPL-3+": "LGPL-3.0-or-later", "MPL-2.0": "MPL-2.0",
	"GFDL-1.3+": "GFDL-1.3-or-later", "OLDAP-2.8": "OLDAP-2.8", "FSFULLR": "FSFULLR", "FSFAP": "FSFAP"};

def reference($package): "LicenseRef-\($package | id)-\(id)";
def licence($package): known[.] // reference($package);

def declared:
	.name as $package |
	(.licences | map(licence($package)) | unique | join(" AND ")) | if . == "" then "NOASSERTION" else . end;

def extracted:
	.name as $package | .licences[] | select(known[.] == null) |
	{licenseId: reference($package), name: .,
		extractedText: "\(.): see /usr/share/doc/\($package)/copyright in the image"};

def package: {
	name, SPDXID: "SPDXRef-deb-\(.name | id)", versionInfo: .version,
	supplier: "Organization: Debian", originator: "Organization: \(.maintainer | sub(" *<.*"; ""))",
	downloadLocation: "NOASSERTION", filesAnalyzed: false,
	licenseConcluded: "NOASSERTION", licenseDeclared: declared, copyrightText: "NOASSERTION",
	sourceInfo: "built from the source package \(.source) \(.sourceVersion)",
	externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: .purl}]};

. as $packages | {
	spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT",
	name: "pullgate-\($version)",
	documentNamespace: "https://spdx.org/spdxdocs/pullgate-\($name)-\($sum[0:32])",
	creationInfo: {created: $date, creators: ["Tool: pullgate-make-image"]},
	packages: ([
		{name: "pullgate-image", SPDXID: "SPDXRef-image", versionInfo: $version,
			downloadLocation: "NOASSERTION", filesAnalyzed: false,
			primaryPackagePurpose: "CONTAINER",
			licenseConcluded: "NOASSERTION", licenseDeclared: "NOASSERTION", copyrightText: "NOASSERTION"},
		{name: "pullgate", SPDXID: "SPDXRef-pullgate", versionInfo: $version,
			downloadLocation: "NOASSERTION", filesAnalyzed: false,
			primaryPackagePurpose: "APPLICATION",
			checksums: [{algorithm: "SHA256", checksumValue: $sum}],
			licenseConcluded: "Apache-2.0", licenseDeclared: "Apache-2.0", copyrightText: "NOASSERTION"}
		] + ($packages | map(package))),
	hasExtractedLicensingInfos: ([$packages[] | extracted] | unique_by(.licenseId)),
	relationships: ([
		{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-image"},
		{spdxElementId: "SPDXRef-image", relationshipType: "CONTAINS", relatedSpdxElement: "SPDXRef-pullgate"}
		] + ($packages | map({
			spdxElementId: (if .linked then "SPDXRef-pullgate" else "SPDXRef-image" end),
			relationshipType: (if .linked then "STATIC_LINK" else "CONTAINS" end),
			relatedSpdxElement: "SPDXRef-deb-\(.name | id)"})))}
