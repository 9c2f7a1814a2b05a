// The runtime's place: a server that takes any method of any service and does
// what the method's name says.
package main

import (
	"context"
	"net"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
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

func field(number int, value string) []byte {
	return append([]byte{byte(number<<3 | 2), byte(len(value))}, value...)
}

// pause ends early with the call.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// stream sends "0" to "n-1", one each ms milliseconds; n of 0 never ends.
func stream(s grpc.ServerStream, n, ms int) error {
	for i := 0; (n == 0 || i < n) && s.Context().Err() == nil; i++ {
		text := []byte(strconv.Itoa(i))
		if err := s.SendMsg(&text); err != nil {
			return err
		}
		pause(s.Context(), time.Duration(ms)*time.Millisecond)
	}
	return nil
}

// handle: .../Echo; .../Sleep (milliseconds in the message, then an echo);
// .../Stream ("N MS"); .../PullImage answers "pulled" after a second.
func handle(_ interface{}, s grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(s)
	var in []byte
	if err := s.RecvMsg(&in); err != nil {
		return err
	}
	switch method[strings.LastIndex(method, "/")+1:] {
	case "Echo":
	case "Sleep":
		ms, _ := strconv.Atoi(string(in))
		pause(s.Context(), time.Duration(ms)*time.Millisecond)
	case "Stream":
		numbers := strings.Fields(string(in))
		n, _ := strconv.Atoi(numbers[0])
		ms, _ := strconv.Atoi(numbers[1])
		return stream(s, n, ms)
	case "PullImage":
		pause(s.Context(), time.Second)
		in = field(1, "pulled")
	default:
		return status.Error(codes.Unimplemented, method)
	}
	return s.SendMsg(&in)
}

func serveBackend(path string) {
	listener, err := net.Listen("unix", path)
	must(err)
	server := grpc.NewServer(grpc.CustomCodec(raw{}), grpc.UnknownServiceHandler(handle))
	must(server.Serve(listener))
}
