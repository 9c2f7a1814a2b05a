// A CRI server that behaves as CRI-O does where a proxy before it can tell: how
// it names images, what it answers to a pull, what it refuses.  Manifests and
// configs are really read from a registry and held in memory; nothing is run.
//
//	crio -socket PATH -registry HOST:PORT [-log FILE] [-id-ref=false]
//	     [-search HOST/PATH,HOST/PATH]
//
// Images come by plain http from the registry that the reference names if that
// is a loopback address, else from -registry under the same path; nothing else
// is spoken to.  -log gets a line of JSON for each call, before it is answered:
// method, request (base64, if short), and of image, user_specified_image,
// namespace, pod, uid, sandbox, container, mounts and username what there is.
// -id-ref is what a pull is answered with: the image's id (CRI-O from 1.35 on)
// or name@digest.  -search is where names without a registry are looked for.
package main

import (
	"flag"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// server is all there is: images, pods and containers behind one lock.
type server struct {
	registry string
	search   []string
	idRef    bool
	log      io.Writer

	mu         sync.Mutex
	images     map[string]*image
	names      map[string]string // name:tag or name@digest, to the image's id
	sandboxes  map[string]*sandbox
	containers map[string]*container
}

// call is what a method is called with.
type call struct {
	method  string
	request message
	stream  grpc.ServerStream
}

var methods = map[string]func(*server, call) ([]byte, error){
	"/runtime.v1.ImageService/ListImages":          (*server).listImages,
	"/runtime.v1.ImageService/ImageStatus":         (*server).imageStatus,
	"/runtime.v1.ImageService/PullImage":           (*server).pullImage,
	"/runtime.v1.ImageService/PullSecurityProfile": (*server).pullImage,
	"/runtime.v1.ImageService/RemoveImage":         (*server).removeImage,
	"/runtime.v1.ImageService/ImageFsInfo":         (*server).imageFsInfo,
	"/runtime.v1.RuntimeService/Version":           (*server).version,
	"/runtime.v1.RuntimeService/Status":            (*server).status,
	"/runtime.v1.RuntimeService/RunPodSandbox":     (*server).runPodSandbox,
	"/runtime.v1.RuntimeService/RestorePod":        (*server).restorePod,
	"/runtime.v1.RuntimeService/PodSandboxStatus":  (*server).podSandboxStatus,
	"/runtime.v1.RuntimeService/ListPodSandbox":    (*server).listPodSandbox,
	"/runtime.v1.RuntimeService/StopPodSandbox":    (*server).stopPodSandbox,
	"/runtime.v1.RuntimeService/RemovePodSandbox":  (*server).removePodSandbox,
	"/runtime.v1.RuntimeService/CreateContainer":   (*server).createContainer,
	"/runtime.v1.RuntimeService/StartContainer":    (*server).startContainer,
	"/runtime.v1.RuntimeService/StopContainer":     (*server).stopContainer,
	"/runtime.v1.RuntimeService/RemoveContainer":   (*server).removeContainer,
	"/runtime.v1.RuntimeService/ContainerStatus":   (*server).containerStatus,
	"/runtime.v1.RuntimeService/ListContainers":    (*server).listContainers,
}

func (s *server) handle(_ interface{}, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	var in []byte
	if err := stream.RecvMsg(&in); err != nil {
		return err
	}
	request, ok := parse(in)
	if ok {
		s.note(method, in, request)
	} else {
		s.note(method, in, nil)
	}
	run := methods[method]
	if run == nil {
		return unknown(method)
	}
	if !ok {
		return status.Error(codes.Internal, "grpc: error while unmarshaling request")
	}
	out, err := run(s, call{method, request, stream})
	if err != nil {
		return err
	}
	return stream.SendMsg(&out)
}

// unknown says what grpc-go says.
func unknown(method string) error {
	slash := strings.LastIndex(method, "/")
	service := strings.TrimPrefix(method[:slash], "/")
	if service == "runtime.v1.RuntimeService" || service == "runtime.v1.ImageService" {
		return status.Errorf(codes.Unimplemented, "unknown method %s for service %s", method[slash+1:], service)
	}
	return status.Errorf(codes.Unimplemented, "unknown service %s", service)
}

func must(err error) {
	if err != nil {
		log.Fatal("crio: ", err)
	}
}

func main() {
	socket := flag.String("socket", "", "path to listen on")
	registry := flag.String("registry", "", "registry for references that name no loopback address")
	file := flag.String("log", "", "a line for each call")
	idRef := flag.Bool("id-ref", true, "a pull is answered with the image's id")
	search := flag.String("search", "", "registries for unqualified names")
	flag.Parse()

	s := &server{registry: *registry, idRef: *idRef, log: io.Discard,
		images: map[string]*image{}, names: map[string]string{},
		sandboxes: map[string]*sandbox{}, containers: map[string]*container{}}
	if *search != "" {
		s.search = strings.Split(*search, ",")
	}
	if *file != "" {
		f, err := os.OpenFile(*file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		must(err)
		s.log = f
	}
	os.Remove(*socket)
	listener, err := net.Listen("unix", *socket)
	must(err)
	g := grpc.NewServer(grpc.CustomCodec(raw{}), grpc.UnknownServiceHandler(s.handle),
		grpc.MaxRecvMsgSize(80<<20), grpc.MaxSendMsgSize(80<<20))
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-ended
		g.Stop()
	}()
	must(g.Serve(listener))
}
