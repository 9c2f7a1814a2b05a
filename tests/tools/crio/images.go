// The image store and its service: what CRI-O's server/image_*.go and
// internal/storage do with names and digests.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// image is what was read from a registry; its id is the config's digest.
type image struct {
	id          string
	digests     []string // of every manifest and index it was reached by
	annotations map[string]string
	size        uint64
}

// reference is a name with a tag or a digest, never both.
type reference struct {
	repository, tag, digest string
}

func (r reference) String() string {
	if r.digest != "" {
		return r.repository + "@" + r.digest
	}
	return r.repository + ":" + r.tag
}

var (
	nameForm   = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._:-]*(/[a-z0-9]+([._-]+[a-z0-9]+)*)+$`)
	shortForm  = regexp.MustCompile(`^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$`)
	tagForm    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
	digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	idForm     = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// split takes a reference apart and drops the tag beside a digest.
func split(name string) (reference, error) {
	var r reference
	rest := name
	if i := strings.Index(rest, "@"); i >= 0 {
		rest, r.digest = rest[:i], rest[i+1:]
		if !digestForm.MatchString(r.digest) {
			return r, fmt.Errorf("invalid reference format: %q", name)
		}
	}
	if i := strings.LastIndex(rest, ":"); i > strings.LastIndex(rest, "/") {
		rest, r.tag = rest[:i], rest[i+1:]
		if !tagForm.MatchString(r.tag) {
			return r, fmt.Errorf("invalid reference format: %q", name)
		}
	}
	if r.digest != "" {
		r.tag = ""
	} else if r.tag == "" {
		r.tag = "latest"
	}
	r.repository = rest
	return r, nil
}

// candidates are the references a name may mean: one if it has a registry, else
// one for each place to search.
func (s *server) candidates(name string) ([]reference, error) {
	r, err := split(name)
	if err != nil {
		return nil, err
	}
	first := r.repository
	if i := strings.Index(first, "/"); i >= 0 {
		first = first[:i]
	}
	qualified := first != r.repository && (strings.ContainsAny(first, ".:") || first == "localhost")
	form := shortForm
	if qualified {
		form = nameForm
	}
	if !form.MatchString(r.repository) {
		return nil, fmt.Errorf("invalid reference format: %q", name)
	}
	if qualified {
		if first == "docker.io" && strings.Count(r.repository, "/") == 1 {
			r.repository = "docker.io/library" + strings.TrimPrefix(r.repository, "docker.io")
		}
		return []reference{r}, nil
	}
	if len(s.search) == 0 {
		return nil, fmt.Errorf("short-name %q did not resolve to an alias and no "+
			"unqualified-search registries are defined in \"/etc/containers/registries.conf\"", name)
	}
	var out []reference
	for _, place := range s.search {
		here := r
		here.repository = place + "/" + r.repository
		out = append(out, here)
	}
	return out, nil
}

// byID finds an image by its id, or three digits and more of it.
func (s *server) byID(prefix string) *image {
	if len(prefix) < 3 {
		return nil
	}
	var found *image
	for id, image := range s.images {
		if strings.HasPrefix(id, prefix) {
			if found != nil {
				return nil
			}
			found = image
		}
	}
	return found
}

// find is ImageStatus's way: an id first, then the names it may be.
func (s *server) find(name string) (*image, error) {
	if found := s.byID(name); found != nil || idForm.MatchString(name) {
		return found, nil
	}
	candidates, err := s.candidates(name)
	if err != nil {
		return nil, err
	}
	for _, r := range candidates {
		if found := s.byName(r); found != nil {
			return found, nil
		}
	}
	return nil, nil
}

// byName wants the very name, or a digest of an image that has a name in the
// same repository.
func (s *server) byName(r reference) *image {
	if found := s.images[s.names[r.String()]]; found != nil || r.digest == "" {
		return found
	}
	for name, id := range s.names {
		other, err := split(name)
		must(err)
		if other.repository != r.repository {
			continue
		}
		for _, digest := range s.images[id].digests {
			if digest == r.digest {
				return s.images[id]
			}
		}
	}
	return nil
}

// tagsAndDigests are an image's names; each repository that is known of it is
// combined with each digest.
func (s *server) tagsAndDigests(i *image) (tags, digests []string) {
	have := map[string]bool{}
	for name, id := range s.names {
		if id != i.id {
			continue
		}
		r, err := split(name)
		must(err)
		if r.digest == "" {
			tags = append(tags, name)
		} else {
			have[name] = true
		}
		for _, digest := range i.digests {
			have[r.repository+"@"+digest] = true
		}
	}
	for name := range have {
		digests = append(digests, name)
	}
	sort.Strings(tags)
	sort.Strings(digests)
	return tags, digests
}

func (s *server) imageMessage(i *image) []byte {
	var spec build
	keys := make([]string, 0, len(i.annotations))
	for key := range i.annotations {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		spec = spec.bytes(2, entry(key, i.annotations[key]))
	}
	tags, digests := s.tagsAndDigests(i)
	out := build{}.text(1, i.id)
	for _, tag := range tags {
		out = out.text(2, tag)
	}
	for _, digest := range digests {
		out = out.text(3, digest)
	}
	return out.num(4, i.size).bytes(7, spec)
}

func (s *server) listImages(c call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out build
	if want := c.request.text(1, 1, 1); want != "" {
		if found, err := s.find(want); err == nil && found != nil {
			out = out.bytes(1, s.imageMessage(found))
		}
		return out, nil
	}
	ids := make([]string, 0, len(s.images))
	for id := range s.images {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	for _, id := range ids {
		out = out.bytes(1, s.imageMessage(s.images[id]))
	}
	return out, nil
}

// imageStatus is empty for what is not there.
func (s *server) imageStatus(c call) ([]byte, error) {
	name := c.request.text(1, 1)
	if name == "" {
		return nil, status.Error(codes.Unknown, "no image specified")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.find(name)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, nil
	}
	return build{}.bytes(1, s.imageMessage(found)), nil
}

// removeImage takes an id's image away, or a name from an image and with its
// last name the image.  What is not there is no error.
func (s *server) removeImage(c call) ([]byte, error) {
	name := c.request.text(1, 1)
	if name == "" {
		return nil, status.Error(codes.Unknown, "no image specified")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.byID(name); found != nil {
		s.forget(found)
		return nil, nil
	} else if idForm.MatchString(name) {
		return nil, nil
	}
	candidates, err := s.candidates(name)
	if err != nil {
		return nil, err
	}
	for _, r := range candidates {
		if found := s.byName(r); found != nil {
			delete(s.names, r.String())
			if !s.named(found) {
				s.forget(found)
			}
			break
		}
	}
	return nil, nil
}

func (s *server) named(i *image) bool {
	for _, id := range s.names {
		if id == i.id {
			return true
		}
	}
	return false
}

func (s *server) forget(i *image) {
	for name, id := range s.names {
		if id == i.id {
			delete(s.names, name)
		}
	}
	delete(s.images, i.id)
}

// pullImage asks the registry in any case, stores the image under just the name
// it was pulled by, and takes that name from another image that had it.
func (s *server) pullImage(c call) ([]byte, error) {
	name := c.request.text(1, 1)
	candidates, err := s.candidates(name)
	if err != nil {
		return nil, status.Error(codes.Unknown, err.Error())
	}
	var failed error
	for _, r := range candidates {
		pulled, digest, err := s.fetch(c.stream.Context(), r, c.request)
		if err != nil {
			failed = err
			continue
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.keep(pulled, r)
		if s.idRef {
			return build{}.text(1, pulled.id), nil
		}
		return build{}.text(1, r.repository+"@"+digest), nil
	}
	return nil, status.Error(codes.Unknown, failed.Error())
}

func (s *server) keep(pulled *image, r reference) {
	if old := s.images[pulled.id]; old != nil {
		for _, digest := range old.digests {
			pulled.digests = appendNew(pulled.digests, digest)
		}
	}
	s.images[pulled.id] = pulled
	s.names[r.String()] = pulled.id
}

func appendNew(list []string, item string) []string {
	for _, have := range list {
		if have == item {
			return list
		}
	}
	return append(list, item)
}

func (s *server) imageFsInfo(call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var used uint64
	for _, i := range s.images {
		used += i.size
	}
	dir, err := filepath.Abs(os.TempDir())
	must(err)
	usage := build{}.num(1, uint64(time.Now().UnixNano())).bytes(2, build{}.text(1, dir)).
		bytes(3, build{}.num(1, used)).bytes(4, build{}.num(1, uint64(len(s.images))))
	return build{}.bytes(1, usage), nil
}
