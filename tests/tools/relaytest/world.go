// What a test has around it: a backend in the runtime's place, pullgate before
// it, and clients of both.
package main

import (
	"context"
	"fmt"
	"io/ioutil"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip"
)

// raw passes bytes through as messages.
type raw struct{}

func (raw) Marshal(v interface{}) ([]byte, error) { return []byte(*v.(*string)), nil }
func (raw) Unmarshal(data []byte, v interface{}) error {
	*v.(*string) = string(data)
	return nil
}
func (raw) Name() string   { return "proto" }
func (raw) String() string { return "proto" }

// bidi describes any stream: what is not used of it does no harm.
var bidi = &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}

type world struct {
	t                *T
	backend, through string // socket paths
	gate             *gate
}

// gate is a pullgate process.
type gate struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{}
}

// world starts a grpc-go backend with this handler, and pullgate.
func (t *T) world(handler grpc.StreamHandler, options ...grpc.ServerOption) *world {
	return t.worldOf(append([]grpc.ServerOption{grpc.CustomCodec(raw{}), grpc.UnknownServiceHandler(handler),
		grpc.MaxRecvMsgSize(1 << 30), grpc.MaxSendMsgSize(1 << 30), grpc.MaxHeaderListSize(16 << 20)},
		options...), nil, "")
}

// worldOf has services of its own, and more lines of configuration.
func (t *T) worldOf(options []grpc.ServerOption, register func(*grpc.Server), config string) *world {
	server := grpc.NewServer(options...)
	if register != nil {
		register(server)
	}
	path := filepath.Join(t.dir, "b")
	listener, err := net.Listen("unix", path)
	must(err)
	t.atEnd(func(bool) { server.Stop() })
	go server.Serve(listener)
	return t.before(path, config)
}

// before starts pullgate before a backend that is there.
func (t *T) before(backend, config string) *world {
	w := &world{t: t, backend: backend, through: filepath.Join(t.dir, "p")}
	w.gate = t.startGate("gate", w.through, backend, config)
	eventually(10*time.Second, "pullgate listens", func() bool { return w.gate.answers(w.through) })
	return w
}

// startGate starts a process; at the end of a good test it has to end well.
func (t *T) startGate(name, listen, backend, config string) *gate {
	path := filepath.Join(t.dir, name+".yaml")
	must(ioutil.WriteFile(path, []byte(fmt.Sprintf(
		"listen: unix://%s\nruntime: unix://%s\nunmatched: allow\ndrainTimeout: 2s\n%s\n",
		listen, backend, config)), 0644))
	g := &gate{log: filepath.Join(t.dir, name+".log"), done: make(chan struct{}),
		cmd: exec.Command(*program, "serve", "--config", path)}
	log, err := os.Create(g.log)
	must(err)
	defer log.Close()
	g.cmd.Stderr = log
	g.cmd.Env = os.Environ()
	if *san && os.Getenv("ASAN_OPTIONS") == "" {
		g.cmd.Env = append(g.cmd.Env, "ASAN_OPTIONS=detect_leaks=1")
	}
	must(g.cmd.Start())
	go func() { g.cmd.Wait(); close(g.done) }()
	t.atEnd(func(ok bool) {
		if ok {
			g.stop()
			return
		}
		t.note("the last words of %s:\n%s", name, g.lastWords())
		g.cmd.Process.Kill()
	})
	return g
}

func (g *gate) ended(limit time.Duration) bool {
	select {
	case <-g.done:
		return true
	case <-time.After(limit):
		return false
	}
}

func (g *gate) text() string {
	text, err := ioutil.ReadFile(g.log)
	must(err)
	return string(text)
}

func (g *gate) lastWords() string {
	lines := strings.Split(strings.TrimSpace(g.text()), "\n")
	if len(lines) > 40 {
		lines = lines[len(lines)-40:]
	}
	return strings.Join(lines, "\n")
}

// stop ends pullgate as the service manager does; it has to end well.
func (g *gate) stop() {
	check(!g.ended(0), "pullgate has ended before its time: %s", g.cmd.ProcessState)
	must(g.cmd.Process.Signal(syscall.SIGTERM))
	check(g.ended(8*time.Second*slack()), "pullgate does not end on SIGTERM")
	check(g.cmd.ProcessState.ExitCode() == 0, "pullgate ended with %s", g.cmd.ProcessState)
	for _, word := range []string{"Sanitizer", "runtime error:"} {
		check(!strings.Contains(g.text(), word), "a sanitizer reports")
	}
}

func (g *gate) answers(path string) bool {
	check(!g.ended(0), "pullgate does not start: %s", g.cmd.ProcessState)
	conn, err := net.Dial("unix", path)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// proc is a number from /proc/PID/status, as "VmRSS" (in KiB) or "Threads".
func (g *gate) proc(name string) int {
	text, err := ioutil.ReadFile(fmt.Sprintf("/proc/%d/status", g.cmd.Process.Pid))
	must(err)
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, name+":") {
			n, err := strconv.Atoi(strings.Fields(line)[1])
			must(err)
			return n
		}
	}
	fail("no %s", name)
	return 0
}

func (g *gate) descriptors() int {
	entries, err := ioutil.ReadDir(fmt.Sprintf("/proc/%d/fd", g.cmd.Process.Pid))
	must(err)
	return len(entries)
}

// dial is a connection as the kubelet's; it is closed when the test ends.
func (w *world) dial(path string, options ...grpc.DialOption) *grpc.ClientConn {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	options = append([]grpc.DialOption{grpc.WithInsecure(), grpc.WithBlock(), grpc.WithMaxHeaderListSize(16 << 20),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{}), grpc.MaxCallRecvMsgSize(1<<30)),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		})}, options...)
	conn, err := grpc.DialContext(ctx, "passthrough:///a.runtime", options...)
	must(err)
	w.t.atEnd(func(bool) { conn.Close() })
	return conn
}

// bothWays does the same directly and through pullgate.
func (w *world) bothWays(f func(way string, c *grpc.ClientConn)) {
	f("direct", w.dial(w.backend))
	f("through", w.dial(w.through))
}

func invoke(ctx context.Context, c *grpc.ClientConn, method, ask string) (answer string, err error) {
	err = c.Invoke(ctx, method, &ask, &answer)
	return answer, err
}

// open begins a stream with one message.
func open(ctx context.Context, c *grpc.ClientConn, method, ask string) grpc.ClientStream {
	s, err := c.NewStream(ctx, bidi, method)
	must(err)
	must(s.SendMsg(&ask))
	return s
}

func receive(s grpc.ClientStream) (text string, err error) {
	err = s.RecvMsg(&text)
	return text, err
}

// serves sees that a new client gets its answer.
func (w *world) serves() {
	check(!w.gate.ended(0), "pullgate is gone: %s", w.gate.cmd.ProcessState)
	c := w.dial(w.through)
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second*slack())
	defer cancel()
	got, err := invoke(ctx, c, "/t.T/Echo", "still there?")
	check(err == nil && got == "still there?", "other calls do not go on: %q, %v", got, err)
}

func eventually(limit time.Duration, what string, ok func() bool) {
	for end := time.Now().Add(limit * slack()); !ok(); time.Sleep(2 * time.Millisecond) {
		check(time.Now().Before(end), "not within %s: %s", limit*slack(), what)
	}
}

// atOnce runs f n times at the same time and waits; the first failure comes through.
func atOnce(n int, f func(i int)) {
	var wg sync.WaitGroup
	problems := make(chan string, n)
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			defer func() {
				if problem := recover(); problem != nil {
					problems <- told(problem)
				}
			}()
			f(i)
		}(i)
	}
	wg.Wait()
	if len(problems) > 0 {
		fail("%s", <-problems)
	}
}
