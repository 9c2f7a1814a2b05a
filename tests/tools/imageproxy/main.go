// An ImageService between the kubelet and a runtime, as the keychains of stargz
// and nydus are: the five methods that were known when it was written go to the
// backend as they are, all else is unknown here.
//
//	imageproxy -socket PATH -backend PATH [-log FILE]
//
// -log gets a line for each call: the method's last name, a space, and the
// reference in it or "-".
package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"google.golang.org/grpc"
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

// first is the first field of a message, if it is number 1 and has bytes.
func first(message []byte) []byte {
	if len(message) < 2 || message[0] != 1<<3|2 {
		return nil
	}
	length, n := binary.Uvarint(message[1:])
	if n <= 0 || uint64(len(message)-1-n) < length {
		return nil
	}
	return message[1+n : 1+n+int(length)]
}

type proxy struct {
	backend *grpc.ClientConn
	mu      sync.Mutex
	log     io.Writer
}

func (p *proxy) note(method string, request []byte) {
	image := string(first(first(request)))
	if image == "" {
		image = "-"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.log, "%s %s\n", method, image)
}

// method is one of the five.
func method(name string) grpc.MethodDesc {
	return grpc.MethodDesc{MethodName: name, Handler: func(self interface{}, ctx context.Context,
		receive func(interface{}) error, _ grpc.UnaryServerInterceptor) (interface{}, error) {
		p := self.(*proxy)
		var request, response []byte
		if err := receive(&request); err != nil {
			return nil, err
		}
		p.note(name, request)
		err := p.backend.Invoke(ctx, "/runtime.v1.ImageService/"+name, &request, &response)
		return &response, err
	}}
}

func must(err error) {
	if err != nil {
		log.Fatal("imageproxy: ", err)
	}
}

func main() {
	socket := flag.String("socket", "", "path to listen on")
	backend := flag.String("backend", "", "the runtime's socket")
	file := flag.String("log", "", "a line for each call")
	flag.Parse()

	p := &proxy{log: io.Discard}
	if *file != "" {
		f, err := os.OpenFile(*file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		must(err)
		p.log = f
	}
	var err error
	p.backend, err = grpc.Dial(*backend, grpc.WithInsecure(), grpc.WithAuthority("localhost"),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{}),
			grpc.MaxCallRecvMsgSize(16<<20), grpc.MaxCallSendMsgSize(16<<20)),
		grpc.WithContextDialer(func(ctx context.Context, path string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}))
	must(err)
	os.Remove(*socket)
	listener, err := net.Listen("unix", *socket)
	must(err)
	server := grpc.NewServer(grpc.CustomCodec(raw{}), grpc.MaxRecvMsgSize(16<<20), grpc.MaxSendMsgSize(16<<20))
	server.RegisterService(&grpc.ServiceDesc{ServiceName: "runtime.v1.ImageService",
		HandlerType: (*interface{})(nil),
		Methods: []grpc.MethodDesc{method("ListImages"), method("ImageStatus"), method("PullImage"),
			method("RemoveImage"), method("ImageFsInfo")}}, p)
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-ended
		server.Stop()
	}()
	must(server.Serve(listener))
}
