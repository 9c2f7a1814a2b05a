// Messages, as far as they are needed: fields by number.
package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// raw passes bytes through as messages.
type raw struct{}

func (raw) Marshal(v interface{}) ([]byte, error) { return *v.(*[]byte), nil }
func (raw) Unmarshal(data []byte, v interface{}) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}
func (raw) Name() string   { return "proto" }
func (raw) String() string { return "proto" }

// field is a number, or bytes.
type field struct {
	number int
	varint uint64
	bytes  []byte
}

type message []field

// parse splits a message; false if it is none.
func parse(data []byte) (message, bool) {
	var out message
	for len(data) > 0 {
		key, n := binary.Uvarint(data)
		if n <= 0 || key>>3 == 0 {
			return nil, false
		}
		data = data[n:]
		f := field{number: int(key >> 3)}
		switch key & 7 {
		case 0:
			if f.varint, n = binary.Uvarint(data); n <= 0 {
				return nil, false
			}
			data = data[n:]
		case 2:
			length, n := binary.Uvarint(data)
			if n <= 0 || uint64(len(data)-n) < length {
				return nil, false
			}
			f.bytes = data[n : n+int(length)]
			data = data[n+int(length):]
		case 1, 5:
			n = 8
			if key&7 == 5 {
				n = 4
			}
			if len(data) < n {
				return nil, false
			}
			data = data[n:]
		default:
			return nil, false
		}
		out = append(out, f)
	}
	return out, true
}

// all are the values of a repeated field.
func (m message) all(number int) [][]byte {
	var out [][]byte
	for _, f := range m {
		if f.number == number && f.bytes != nil {
			out = append(out, f.bytes)
		}
	}
	return out
}

// at is the field at the end of a path of message fields; nil if there is none.
func (m message) at(path ...int) []byte {
	var found []byte
	for i, number := range path {
		values := m.all(number)
		if len(values) == 0 {
			return nil
		}
		found = values[len(values)-1]
		if i < len(path)-1 {
			m, _ = parse(found)
		}
	}
	return found
}

func (m message) text(path ...int) string { return string(m.at(path...)) }

func (m message) number(number int) uint64 {
	var out uint64
	for _, f := range m {
		if f.number == number {
			out = f.varint
		}
	}
	return out
}

// build is a message being written.
type build []byte

func (b build) uvarint(n uint64) build {
	var room [binary.MaxVarintLen64]byte
	return append(b, room[:binary.PutUvarint(room[:], n)]...)
}

func (b build) bytes(number int, value []byte) build {
	return append(b.uvarint(uint64(number)<<3|2).uvarint(uint64(len(value))), value...)
}

// text leaves empty strings out.
func (b build) text(number int, value string) build {
	if value == "" {
		return b
	}
	return b.bytes(number, []byte(value))
}

func (b build) num(number int, value uint64) build {
	if value == 0 {
		return b
	}
	return b.uvarint(uint64(number) << 3).uvarint(value)
}

// repeat writes each value under that number.
func (b build) repeat(number int, values [][]byte) build {
	for _, value := range values {
		b = b.bytes(number, value)
	}
	return b
}

func entry(key, value string) []byte { return build{}.text(1, key).text(2, value) }

func newID() string {
	var random [32]byte
	_, err := rand.Read(random[:])
	must(err)
	return hex.EncodeToString(random[:])
}

// noted is a line of the log.
type noted struct {
	Method        string   `json:"method"`
	Image         string   `json:"image,omitempty"`
	UserSpecified string   `json:"user_specified_image,omitempty"`
	Namespace     string   `json:"namespace,omitempty"`
	Pod           string   `json:"pod,omitempty"`
	UID           string   `json:"uid,omitempty"`
	Sandbox       string   `json:"sandbox,omitempty"`
	Container     string   `json:"container,omitempty"`
	Mounts        []string `json:"mounts,omitempty"`
	Username      string   `json:"username,omitempty"`
	Request       string   `json:"request,omitempty"`
}

// note writes what is known of a call; each method has its own numbers.
func (s *server) note(method string, in []byte, m message) {
	line := noted{Method: method}
	var spec, pod message
	switch strings.TrimPrefix(method, "/runtime.v1.") {
	case "ImageService/PullImage", "ImageService/PullSecurityProfile":
		spec, _ = parse(m.at(1))
		pod, _ = parse(m.at(3, 1))
		line.Username = m.text(2, 1)
	case "ImageService/ImageStatus", "ImageService/RemoveImage":
		spec, _ = parse(m.at(1))
	case "RuntimeService/RunPodSandbox":
		pod, _ = parse(m.at(1, 1))
	case "RuntimeService/CreateContainer":
		spec, _ = parse(m.at(2, 2))
		pod, _ = parse(m.at(3, 1))
		line.Sandbox = m.text(1)
		line.Mounts = mountedImages(m)
	case "RuntimeService/StartContainer", "RuntimeService/StopContainer",
		"RuntimeService/RemoveContainer", "RuntimeService/ContainerStatus":
		line.Container = m.text(1)
	case "RuntimeService/StopPodSandbox", "RuntimeService/RemovePodSandbox",
		"RuntimeService/PodSandboxStatus":
		line.Sandbox = m.text(1)
	}
	line.Image, line.UserSpecified = spec.text(1), spec.text(18)
	line.Pod, line.UID, line.Namespace = pod.text(1), pod.text(2), pod.text(3)
	if len(in) <= 4096 {
		line.Request = base64.StdEncoding.EncodeToString(in)
	}
	text, err := json.Marshal(line)
	must(err)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err = s.log.Write(append(text, '\n'))
	must(err)
}

// mountedImages are the images that a container is to have as volumes.
func mountedImages(m message) []string {
	var out []string
	config, _ := parse(m.at(2))
	for _, value := range config.all(7) {
		mount, _ := parse(value)
		if name := mount.text(9, 1); name != "" {
			out = append(out, name)
		}
	}
	return out
}
