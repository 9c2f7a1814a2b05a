// The kubelet speaks grpc-go: this client says the same few calls with it.  The
// messages are encoded by hand, since only a handful of fields matter.
//
//	goclient -socket PATH [-namespace NS] version | status IMAGE | pull IMAGE | events
//
// Prints "ok TEXT" or "error CODE MESSAGE", as criclient does.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"time"

	"google.golang.org/grpc"
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

func varint(n int) []byte {
	var out []byte
	for n >= 0x80 {
		out = append(out, byte(n)|0x80)
		n >>= 7
	}
	return append(out, byte(n))
}

// field is a length-delimited field.
func field(number int, value []byte) []byte {
	out := varint(number<<3 | 2)
	out = append(out, varint(len(value))...)
	return append(out, value...)
}

func imageRequest(image, namespace string) []byte {
	spec := append(field(1, []byte(image)), field(18, []byte(image))...)
	request := field(1, spec)
	if namespace != "" {
		metadata := append(field(1, []byte("pod")), field(3, []byte(namespace))...)
		request = append(request, field(3, field(1, metadata))...)
	}
	return request
}

// text is the first length-delimited field of that number, at any depth given.
func text(message []byte, path ...int) string {
	for _, want := range path {
		found := false
		for len(message) > 2 && !found {
			number, kind := int(message[0]>>3), message[0]&7
			if kind != 2 {
				return ""
			}
			n, used := 0, 1
			for shift := 0; ; shift += 7 {
				n |= int(message[used]&0x7f) << shift
				used++
				if message[used-1] < 0x80 {
					break
				}
			}
			if number == want {
				message, found = message[used:used+n], true
			} else {
				message = message[used+n:]
			}
		}
		if !found {
			return "absent"
		}
	}
	return string(message)
}

func fail(err error) {
	s := status.Convert(err)
	fmt.Printf("error %d %s\n", s.Code(), s.Message())
	os.Exit(1)
}

// events opens a server stream and sees that it stays open.
func events(ctx context.Context, conn *grpc.ClientConn) {
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true},
		"/runtime.v1.RuntimeService/GetContainerEvents", grpc.ForceCodec(raw{}))
	if err != nil {
		fail(err)
	}
	empty := []byte{}
	if err := stream.SendMsg(&empty); err != nil {
		fail(err)
	}
	stream.CloseSend()
	var got []byte
	if err := stream.RecvMsg(&got); err != nil {
		fail(err)
	}
	fmt.Println("ok event")
}

func main() {
	socket := flag.String("socket", "", "path")
	namespace := flag.String("namespace", "", "of the pod")
	flag.Parse()
	args := flag.Args()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := grpc.DialContext(ctx, *socket, grpc.WithInsecure(), grpc.WithBlock(),
		grpc.WithAuthority("localhost"),
		grpc.WithContextDialer(func(ctx context.Context, path string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}))
	if err != nil {
		fail(err)
	}
	var method string
	var request, response []byte
	var path []int
	switch args[0] {
	case "events":
		events(ctx, conn)
		return
	case "version":
		method, path = "/runtime.v1.RuntimeService/Version", []int{2}
	case "status":
		method, path = "/runtime.v1.ImageService/ImageStatus", []int{1, 1}
		request = imageRequest(args[1], "")
	case "pull":
		method, path = "/runtime.v1.ImageService/PullImage", []int{1}
		request = imageRequest(args[1], *namespace)
	}
	if err := conn.Invoke(ctx, method, &request, &response, grpc.ForceCodec(raw{})); err != nil {
		fail(err)
	}
	fmt.Println("ok", text(response, path...))
}
