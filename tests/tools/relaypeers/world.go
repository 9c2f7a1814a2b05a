// What a test has around it: a runtime, a pullgate, clients.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io/ioutil"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type process struct {
	cmd  *exec.Cmd
	done chan error
	log  bytes.Buffer
}

type world struct {
	dir, program string
	processes    []*process
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }
func (w *world) runtime() string         { return w.path("runtime.sock") }
func (w *world) listen() string          { return w.path("cri.sock") }

func (w *world) dirs() { must(os.MkdirAll(w.dir, 0755)) }

func (w *world) start(cmd *exec.Cmd) *process {
	p := &process{cmd: cmd, done: make(chan error, 1)}
	cmd.Stderr = &p.log
	must(cmd.Start())
	go func() { p.done <- cmd.Wait() }()
	w.processes = append(w.processes, p)
	return p
}

// ended waits for the end and gives the exit code; -1 stands for a signal.
func (p *process) ended(limit time.Duration) int {
	select {
	case <-p.done:
		p.done <- nil
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(limit):
		panic(fmt.Sprintf("process does not end within %s", limit))
	}
}

func (p *process) signal(s syscall.Signal) { must(p.cmd.Process.Signal(s)) }

// stop ends pullgate as systemd would; it has to end well.
func (p *process) stop() {
	p.signal(syscall.SIGTERM)
	code := p.ended(20 * time.Second)
	check(code == 0, "exit code %d: %s", code, p.log.String())
	check(!strings.Contains(p.log.String(), "Sanitizer"), "%s", p.log.String())
}

func (p *process) kill() {
	p.cmd.Process.Signal(syscall.SIGKILL)
	p.ended(5 * time.Second)
}

func (p *process) running() bool {
	select {
	case err := <-p.done:
		p.done <- err
		return false
	default:
		return true
	}
}

func (w *world) endAll() {
	for _, p := range w.processes {
		if !p.running() {
			continue
		}
		if p.cmd.Args[0] == w.program {
			p.stop()
		} else {
			p.kill()
		}
	}
}

func (w *world) killAll() {
	for _, p := range w.processes {
		p.cmd.Process.Signal(syscall.SIGKILL)
	}
}

// logs are the last words of every process.
func (w *world) logs() string {
	var all []string
	for _, p := range w.processes {
		lines := strings.Split(strings.TrimSpace(p.log.String()), "\n")
		if len(lines) > 20 {
			lines = lines[len(lines)-20:]
		}
		all = append(all, lines...)
	}
	return strings.Join(all, "\n")
}

func answers(path string) bool {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

func eventually(limit time.Duration, what string, ok func() bool) {
	for end := time.Now().Add(limit); !ok(); time.Sleep(5 * time.Millisecond) {
		check(time.Now().Before(end), "not within %s: %s", limit, what)
	}
}

// backend starts the runtime on a path that may be renamed later.
func (w *world) backend(path string) *process {
	w.dirs()
	os.Remove(path)
	p := w.start(exec.Command(os.Args[0], "-backend", path))
	eventually(5*time.Second, "the backend listens", func() bool { return answers(path) })
	return p
}

func (w *world) config(more string) string {
	w.dirs()
	path := w.path("config.yaml")
	must(ioutil.WriteFile(path, []byte(fmt.Sprintf(
		"listen: unix://%s\nruntime: unix://%s\nunmatched: allow\n%s\n",
		w.listen(), w.runtime(), more)), 0644))
	return path
}

// gate starts pullgate on a socket of its own.
func (w *world) gate(more string) *process {
	p := w.start(exec.Command(w.program, "serve", "--config", w.config(more)))
	eventually(10*time.Second, "pullgate listens", func() bool { return answers(w.listen()) })
	return p
}

// activated starts pullgate as systemd does for a socket unit.
func (w *world) activated(socket *os.File, more string) *process {
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"`,
		w.program, "serve", "--config", w.config(more))
	cmd.ExtraFiles = []*os.File{socket}
	cmd.Args[0] = w.program
	return w.start(cmd)
}

// client is a connection like the kubelet's.
type client struct{ *grpc.ClientConn }

func dial(path string) client {
	conn, err := grpc.Dial("passthrough:///pullgate", grpc.WithInsecure(),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: backoff.Config{
			BaseDelay: 20 * time.Millisecond, Multiplier: 1,
			MaxDelay: 20 * time.Millisecond}, MinConnectTimeout: 20 * time.Second}),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}))
	must(err)
	return client{conn}
}

func (c client) call(ctx context.Context, method, request string) (string, error) {
	in, out := []byte(request), []byte(nil)
	err := c.Invoke(ctx, method, &in, &out, grpc.ForceCodec(raw{}), grpc.MaxCallRecvMsgSize(1<<30))
	return string(out), err
}

func (c client) echo(text string) error {
	got, err := c.call(context.Background(), "/t.T/Echo", text)
	if err == nil && got != text {
		panic(fmt.Sprintf("asked %q, answered %q", text, got))
	}
	return err
}

// stream opens one and gives a function that receives.
func (c client) stream(ctx context.Context, request string) func() (string, error) {
	s, err := c.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, "/t.T/Stream", grpc.ForceCodec(raw{}))
	if err != nil {
		return func() (string, error) { return "", err }
	}
	in := []byte(request)
	s.SendMsg(&in)
	s.CloseSend()
	return func() (string, error) {
		var out []byte
		err := s.RecvMsg(&out)
		return string(out), err
	}
}

// isAway checks an error that the runtime's absence makes.
func (w *world) isAway(err error) {
	s := status.Convert(err)
	check(s.Code() == codes.Unavailable, "want UNAVAILABLE, got %v", err)
	check(strings.HasPrefix(s.Message(), "pullgate: container runtime unix://"+w.runtime()+
		" is not available: "), "the error does not name the runtime: %q", s.Message())
}

// atOnce runs f n times at the same time and waits; a panic comes through.
func atOnce(n int, f func(i int)) {
	var wg sync.WaitGroup
	problems := make(chan interface{}, n)
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			defer func() {
				if p := recover(); p != nil {
					problems <- p
				}
			}()
			f(i)
		}(i)
	}
	wg.Wait()
	select {
	case p := <-problems:
		panic(p)
	default:
	}
}

// descriptors counts what a process has open.
func (p *process) descriptors() int {
	entries, err := ioutil.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
	must(err)
	return len(entries)
}
