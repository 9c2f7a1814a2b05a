// The backend, and the client on grpc-go.
package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"net"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
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

// handle: .../Big answers as many bytes as the request says, .../Ticks sends the
// time once a second for ever, .../Flood all that is taken; all else is an echo.
func handle(_ interface{}, s grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(s)
	var in []byte
	if err := s.RecvMsg(&in); err != nil {
		return err
	}
	switch method[strings.LastIndex(method, "/")+1:] {
	case "Big":
		n, _ := strconv.Atoi(string(in))
		in = make([]byte, n)
	case "Ticks":
		for s.Context().Err() == nil {
			out := make([]byte, 100)
			binary.BigEndian.PutUint64(out, uint64(time.Now().UnixNano()))
			if err := s.SendMsg(&out); err != nil {
				return err
			}
			time.Sleep(time.Second)
		}
		return nil
	case "Flood":
		out := make([]byte, 64<<10)
		for s.SendMsg(&out) == nil {
		}
		return nil
	}
	return s.SendMsg(&in)
}

func serve(path string) {
	os.Remove(path)
	listener, err := net.Listen("unix", path)
	must(err)
	server := grpc.NewServer(grpc.CustomCodec(raw{}), grpc.UnknownServiceHandler(handle), grpc.MaxSendMsgSize(1<<30))
	must(server.Serve(listener))
}

func dial(path string) *grpc.ClientConn {
	conn, err := grpc.Dial("passthrough:///x", grpc.WithInsecure(), grpc.WithBlock(),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}))
	must(err)
	return conn
}

func call(conn *grpc.ClientConn, method string, in []byte) []byte {
	var out []byte
	must(conn.Invoke(context.Background(), method, &in, &out, grpc.ForceCodec(raw{}), grpc.MaxCallRecvMsgSize(1<<30)))
	return out
}

// sample is what a client measured; microseconds.
type sample struct {
	Calls   int     `json:"calls"`
	Seconds float64 `json:"seconds"`
	P50     float64 `json:"p50"`
	P99     float64 `json:"p99"`
}

func quantiles(all []float64) (p50, p99 float64) {
	sort.Float64s(all)
	return all[len(all)/2], all[len(all)*99/100]
}

// until keeps n calls under way and gives how long each took.
func until(conn *grpc.ClientConn, method string, n int, end time.Time) (all []float64) {
	var wg sync.WaitGroup
	var lock sync.Mutex
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var mine []float64
			for from := time.Now(); from.Before(end); {
				call(conn, method, nil)
				now := time.Now()
				mine = append(mine, float64(now.Sub(from).Nanoseconds())/1e3)
				from = now
			}
			lock.Lock()
			all = append(all, mine...)
			lock.Unlock()
		}()
	}
	wg.Wait()
	return all
}

func load(path, method string, n int, seconds float64) {
	conn := dial(path)
	until(conn, method, n, time.Now().Add(200*time.Millisecond))
	from := time.Now()
	all := until(conn, method, n, from.Add(time.Duration(seconds*1e9)))
	s := sample{Calls: len(all), Seconds: time.Since(from).Seconds()}
	s.P50, s.P99 = quantiles(all)
	must(json.NewEncoder(os.Stdout).Encode(s))
}
