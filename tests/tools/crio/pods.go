// Pods and containers that are remembered and not run.
package main

import (
	"encoding/json"
	"sort"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	created = 0
	running = 1
	exited  = 2
)

// sandbox keeps parts of its config as they came.
type sandbox struct {
	id                  string
	metadata            []byte
	labels, annotations [][]byte
	handler             string
	notReady            bool
	born                time.Time
}

type container struct {
	id, sandbox             string
	metadata                []byte
	labels, annotations     [][]byte
	image, userSpecified    string
	imageID, logPath        string
	state                   uint64
	born, started, finished time.Time
}

func (s *server) version(call) ([]byte, error) {
	return build{}.text(1, "0.1.0").text(2, "cri-o").text(3, "1.36.0").text(4, "v1"), nil
}

// status, verbose, tells of the config what CRI-O tells: the pause image.
func (s *server) status(c call) ([]byte, error) {
	condition := func(kind string) []byte { return build{}.text(1, kind).num(2, 1) }
	out := build{}.bytes(1, build{}.bytes(1, condition("RuntimeReady")).bytes(1, condition("NetworkReady")))
	if c.request.number(1) != 0 {
		config, err := json.Marshal(map[string]string{"sandboxImage": pauseImage})
		must(err)
		out = out.bytes(2, entry("config", string(config)))
	}
	return out, nil
}

const pauseImage = "registry.k8s.io/pause:3.10.1"

func (s *server) addSandbox(config message, handler string) []byte {
	made := &sandbox{id: newID(), metadata: config.at(1), labels: config.all(6),
		annotations: config.all(7), handler: handler, born: time.Now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sandboxes[made.id] = made
	return build{}.text(1, made.id)
}

func (s *server) runPodSandbox(c call) ([]byte, error) {
	config, _ := parse(c.request.at(1))
	if config.text(1, 1) == "" {
		return nil, status.Error(codes.Unknown, "setting sandbox config: PodSandboxConfig.Metadata.Name is empty")
	}
	return s.addSandbox(config, c.request.text(2)), nil
}

// restorePod takes any request: what will be in it is not settled.
func (s *server) restorePod(call) ([]byte, error) {
	return s.addSandbox(nil, ""), nil
}

func stamp(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.UnixNano())
}

func (s *server) podSandboxStatus(c call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.sandboxes[c.request.text(1)]
	if p == nil {
		return nil, status.Errorf(codes.NotFound, "could not find pod %q", c.request.text(1))
	}
	out := build{}.text(1, p.id).bytes(2, p.metadata).num(3, flag01(p.notReady)).num(4, stamp(p.born)).
		bytes(5, build{}.text(1, "127.0.0.1")).repeat(7, p.labels).repeat(8, p.annotations).text(9, p.handler)
	return build{}.bytes(1, out), nil
}

func flag01(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func (s *server) listPodSandbox(c call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*sandbox
	for _, p := range s.sandboxes {
		if want := c.request.text(1, 1); want == "" || want == p.id {
			list = append(list, p)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].born.Before(list[j].born) })
	var out build
	for _, p := range list {
		out = out.bytes(1, build{}.text(1, p.id).bytes(2, p.metadata).num(3, flag01(p.notReady)).
			num(4, stamp(p.born)).repeat(5, p.labels).repeat(6, p.annotations).text(7, p.handler))
	}
	return out, nil
}

// end is what becomes of a container that runs or would have.
func (c *container) end() {
	if c.state != exited {
		c.state, c.finished = exited, time.Now()
	}
}

func (s *server) stopPodSandbox(c call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.sandboxes[c.request.text(1)]
	if p == nil {
		return nil, nil
	}
	p.notReady = true
	for _, inside := range s.containers {
		if inside.sandbox == p.id {
			inside.end()
		}
	}
	return nil, nil
}

func (s *server) removePodSandbox(c call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sandboxes, c.request.text(1))
	for id, inside := range s.containers {
		if inside.sandbox == c.request.text(1) {
			delete(s.containers, id)
		}
	}
	return nil, nil
}

// present is an image that a container may have.
func (s *server) present(name string) (*image, error) {
	found, err := s.find(name)
	if err != nil {
		return nil, status.Error(codes.Unknown, err.Error())
	}
	if found == nil {
		return nil, status.Errorf(codes.NotFound, "image %q: no such image", name)
	}
	return found, nil
}

func (s *server) createContainer(c call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.sandboxes[c.request.text(1)]
	if p == nil || p.notReady {
		return nil, status.Errorf(codes.NotFound, "specified sandbox not found: %s", c.request.text(1))
	}
	config, _ := parse(c.request.at(2))
	spec, _ := parse(config.at(2))
	if spec.text(1) == "" {
		return nil, status.Error(codes.Unknown, "CreateContainerRequest.ContainerConfig.Image.Image is empty")
	}
	found, err := s.present(spec.text(1))
	if err != nil {
		return nil, err
	}
	for _, name := range mountedImages(c.request) {
		if _, err := s.present(name); err != nil {
			return nil, err
		}
	}
	made := &container{id: newID(), sandbox: p.id, metadata: config.at(1), labels: config.all(9),
		annotations: config.all(10), image: spec.text(1), userSpecified: spec.text(18),
		imageID: found.id, logPath: config.text(11), born: time.Now()}
	s.containers[made.id] = made
	return build{}.text(1, made.id), nil
}

func (s *server) container(c call) (*container, error) {
	if found := s.containers[c.request.text(1)]; found != nil {
		return found, nil
	}
	return nil, status.Errorf(codes.NotFound, "could not find container %q", c.request.text(1))
}

func (s *server) startContainer(c call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.container(c)
	if err != nil {
		return nil, err
	}
	if found.state != created {
		return nil, status.Errorf(codes.Unknown, "container %s is not in created state", found.id)
	}
	found.state, found.started = running, time.Now()
	return nil, nil
}

func (s *server) stopContainer(c call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.containers[c.request.text(1)]; found != nil {
		found.end()
	}
	return nil, nil
}

func (s *server) removeContainer(c call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.containers, c.request.text(1))
	return nil, nil
}

func (c *container) spec() []byte {
	return build{}.text(1, c.image).text(18, c.userSpecified)
}

// containerStatus says which image was asked for, and which it is.
func (s *server) containerStatus(c call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.container(c)
	if err != nil {
		return nil, err
	}
	out := build{}.text(1, found.id).bytes(2, found.metadata).num(3, found.state).
		num(4, stamp(found.born)).num(5, stamp(found.started)).num(6, stamp(found.finished)).
		bytes(8, found.spec()).text(9, found.imageID).repeat(12, found.labels).
		repeat(13, found.annotations).text(15, found.logPath).text(17, found.imageID)
	return build{}.bytes(1, out), nil
}

func (s *server) listContainers(c call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*container
	for _, inside := range s.containers {
		id, pod := c.request.text(1, 1), c.request.text(1, 3)
		if (id == "" || id == inside.id) && (pod == "" || pod == inside.sandbox) {
			list = append(list, inside)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].born.Before(list[j].born) })
	var out build
	for _, inside := range list {
		out = out.bytes(1, build{}.text(1, inside.id).text(2, inside.sandbox).bytes(3, inside.metadata).
			bytes(4, inside.spec()).text(5, inside.imageID).num(6, inside.state).num(7, stamp(inside.born)).
			repeat(8, inside.labels).repeat(9, inside.annotations).text(10, inside.imageID))
	}
	return out, nil
}
