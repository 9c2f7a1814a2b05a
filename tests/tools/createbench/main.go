// How long a CreateContainer takes, by several ways to the same runtime, in
// turns: the same image in the same pod, removed again each time.
//
//	createbench -sandbox ID -image ID -named IMAGE [-rounds N] NAME=SOCKET...
//
// Prints a line a way: its name, the median and the tenth percentile in
// microseconds.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"sort"
	"strings"
	"time"

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

// field is a length-delimited field.
func field(number int, parts ...[]byte) []byte {
	var value []byte
	for _, part := range parts {
		value = append(value, part...)
	}
	out := varint(number<<3 | 2)
	out = append(out, varint(len(value))...)
	return append(out, value...)
}

func varint(n int) []byte {
	var out []byte
	for n >= 0x80 {
		out = append(out, byte(n)|0x80)
		n >>= 7
	}
	return append(out, byte(n))
}

func text(number int, s string) []byte { return field(number, []byte(s)) }

// way is one of the sockets, and what was measured there.
type way struct {
	name  string
	conn  *grpc.ClientConn
	times []float64
}

func (w *way) call(method string, request []byte) []byte {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var response []byte
	err := w.conn.Invoke(ctx, "/runtime.v1.RuntimeService/"+method, &request, &response,
		grpc.ForceCodec(raw{}))
	if err != nil {
		log.Fatalf("%s: %s: %v", w.name, method, err)
	}
	return response
}

// create makes a container and takes it away again; the first is timed.
func (w *way) create(sandbox, image, named, container string) {
	request := append(text(1, sandbox), field(2,
		field(1, text(1, container)),
		field(2, text(1, image), text(18, named)),
		field(15, field(2, field(3, []byte{8, 2}))))...)
	request = append(request, field(3, field(1,
		text(1, "bench"), text(2, "bench"), text(3, "default")))...)
	from := time.Now()
	response := w.call("CreateContainer", request)
	w.times = append(w.times, float64(time.Since(from).Nanoseconds())/1000)
	// The answer's only field is the id, and so is the request's.
	w.call("RemoveContainer", response)
}

func connect(name, socket string) *way {
	conn, err := grpc.Dial(socket, grpc.WithInsecure(), grpc.WithBlock(),
		grpc.WithAuthority("localhost"),
		grpc.WithContextDialer(func(ctx context.Context, path string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}))
	if err != nil {
		log.Fatal(err)
	}
	return &way{name: name, conn: conn}
}

func main() {
	sandbox := flag.String("sandbox", "", "the pod")
	image := flag.String("image", "", "as the kubelet names it")
	named := flag.String("named", "", "as the pod does")
	rounds := flag.Int("rounds", 100, "turns")
	flag.Parse()
	log.SetFlags(0)
	var ways []*way
	for _, arg := range flag.Args() {
		name, socket, _ := strings.Cut(arg, "=")
		ways = append(ways, connect(name, socket))
	}
	for i := 0; i < *rounds; i++ {
		for k := range ways {
			w := ways[(i+k)%len(ways)]
			w.create(*sandbox, *image, *named, fmt.Sprintf("c%d-%d", i, k))
		}
	}
	for _, w := range ways {
		sort.Float64s(w.times)
		fmt.Printf("%s %.0f %.0f\n", w.name, w.times[len(w.times)/2], w.times[len(w.times)/10])
	}
}
