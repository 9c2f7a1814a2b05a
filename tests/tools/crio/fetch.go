// Reading from a registry: a manifest, through an index if there is one, and
// the config.  What has a digest is held against it.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const bodyMax = 4 << 20

var web = &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{Proxy: nil},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      uint64 `json:"size"`
	Platform  struct {
		Architecture string `json:"architecture"`
		OS           string `json:"os"`
	} `json:"platform"`
}

// manifest is an index, if it has Manifests, or an image's.
type manifest struct {
	Manifests   []descriptor      `json:"manifests"`
	Config      descriptor        `json:"config"`
	Layers      []descriptor      `json:"layers"`
	Annotations map[string]string `json:"annotations"`
}

// origin is the registry's address and the repository's path there.
func (s *server) origin(repository string) (string, string, error) {
	slash := strings.Index(repository, "/")
	host, path := repository[:slash], repository[slash+1:]
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if ip := net.ParseIP(name); (ip != nil && ip.IsLoopback()) || name == "localhost" {
		return host, path, nil
	}
	if s.registry == "" {
		return "", "", fmt.Errorf("pinging container registry %s: there is none here", host)
	}
	return s.registry, path, nil
}

// credentials are what the kubelet sent, as a header.
func credentials(request message) string {
	auth, _ := parse(request.at(2))
	if auth.text(1) != "" {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(auth.text(1)+":"+auth.text(2)))
	}
	if auth.text(3) != "" {
		return "Basic " + auth.text(3)
	}
	return ""
}

// get reads one thing; digest may be "".
func get(ctx context.Context, url, digest, auth string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return nil, err
	}
	for _, kind := range []string{"application/vnd.oci.image.index.v1+json",
		"application/vnd.oci.image.manifest.v1+json",
		"application/vnd.docker.distribution.manifest.list.v2+json",
		"application/vnd.docker.distribution.manifest.v2+json"} {
		request.Header.Add("Accept", kind)
	}
	if auth != "" {
		request.Header.Set("Authorization", auth)
	}
	response, err := web.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("manifest unknown")
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("received unexpected HTTP status: %s", response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, bodyMax+1))
	if err != nil {
		return nil, err
	}
	if len(body) > bodyMax {
		return nil, fmt.Errorf("more than %d bytes", bodyMax)
	}
	if got := digestOf(body); digest != "" && digest != got {
		return nil, fmt.Errorf("manifest does not match provided manifest digest %s", digest)
	}
	return body, nil
}

func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// fetch reads an image.  The digest is what the reference stands for.
func (s *server) fetch(ctx context.Context, r reference, request message) (*image, string, error) {
	pulled, digest, err := s.read(ctx, r, credentials(request))
	if err != nil {
		what := r.tag
		if r.digest != "" {
			what = r.digest
		}
		return nil, "", fmt.Errorf("initializing source docker://%s: reading manifest %s in %s: %w",
			r, what, r.repository, err)
	}
	return pulled, digest, nil
}

func (s *server) read(ctx context.Context, r reference, auth string) (*image, string, error) {
	host, path, err := s.origin(r.repository)
	if err != nil {
		return nil, "", err
	}
	base := "http://" + host + "/v2/" + path
	m, digest, err := readManifest(ctx, base, r, auth)
	if err != nil {
		return nil, "", err
	}
	out := &image{digests: []string{digest}}
	if len(m.Manifests) > 0 {
		child, err := choose(m)
		if err != nil {
			return nil, "", err
		}
		if m, _, err = readManifest(ctx, base, reference{digest: child}, auth); err != nil {
			return nil, "", err
		}
		out.digests = []string{child, digest}
	}
	if !digestForm.MatchString(m.Config.Digest) {
		return nil, "", fmt.Errorf("no config in the manifest")
	}
	config, err := get(ctx, base+"/blobs/"+m.Config.Digest, m.Config.Digest, auth)
	if err != nil {
		return nil, "", err
	}
	out.id = strings.TrimPrefix(m.Config.Digest, "sha256:")
	out.annotations = m.Annotations
	out.size = uint64(len(config))
	for _, layer := range m.Layers {
		out.size += layer.Size
	}
	return out, digest, nil
}

func readManifest(ctx context.Context, base string, r reference, auth string) (*manifest, string, error) {
	what := r.tag
	if r.digest != "" {
		what = r.digest
	}
	body, err := get(ctx, base+"/manifests/"+what, r.digest, auth)
	if err != nil {
		return nil, "", err
	}
	m := &manifest{}
	if err := json.Unmarshal(body, m); err != nil {
		return nil, "", err
	}
	return m, digestOf(body), nil
}

// choose is the manifest of an index for the one platform there is here.
func choose(m *manifest) (string, error) {
	for _, d := range m.Manifests {
		if d.Platform.OS == "linux" && d.Platform.Architecture == "amd64" && digestForm.MatchString(d.Digest) {
			return d.Digest, nil
		}
	}
	return "", fmt.Errorf("no image found in image index for architecture \"amd64\", variant \"\", OS \"linux\"")
}
