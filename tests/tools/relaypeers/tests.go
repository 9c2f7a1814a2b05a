// The tests of beginnings and ends.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/user"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// outage is how long the runtime stays away in the test of the long outage.
var outage int

func lifeTests() []test {
	const short, long = 30 * time.Second, 3 * time.Minute
	return []test{
		{"a runtime that is not there at start: calls fail and name it, and work within a second of its coming", short, notThere},
		{"a runtime killed in mid-call: every call ends, UNAVAILABLE, and names it", short, killed},
		{"a runtime that is back after a long outage: the first call works", long, longOutage},
		{"a runtime that is replaced by another on a new socket file", short, newInode},
		{"a runtime that restarts twenty times: no descriptor is lost, no stream is stuck", short, manyRestarts},
		{"an outage is not waited out: a call fails within a second", short, failsSoon},
		{"the service manager's socket: a restart loses no call and no connection", short, activation},
		{"the service manager's socket is not removed, nor another bound", short, activationLeaves},
		{"told to end with 100 pulls and 100 streams under way: all that can end, end well", short, drain},
		{"a restart with 100 pulls and 100 streams under way: the next process takes over", short, drainOver},
		{"a stale socket file is replaced, a live one is not", short, staleAndLive},
		{"the socket's mode is 0660, owner and group as configured", short, owner},
		{"more calls than limits.calls are refused, and only those", short, tooManyCalls},
		{"silent clients do not keep others out, and are closed in time", short, silent},
		{"the service manager is told of readiness and of life", short, watchdog},
	}
}

func notThere(w *world) {
	w.gate("")
	c := dial(w.listen())
	defer c.Close()
	for i := 0; i < 3; i++ {
		w.isAway(c.echo("early"))
	}
	w.backend(w.runtime())
	from := time.Now()
	for c.echo("hello") != nil {
	}
	check(time.Since(from) < time.Second, "it took %s", time.Since(from))
}

func killed(w *world) {
	b := w.backend(w.runtime())
	w.gate("")
	c := dial(w.listen())
	defer c.Close()
	recv := c.stream(context.Background(), "0 1000")
	first, err := recv()
	check(err == nil && first == "0", "stream: %q %v", first, err)
	go func() {
		time.Sleep(300 * time.Millisecond)
		b.signal(syscall.SIGKILL)
	}()
	atOnce(20, func(int) {
		_, err := c.call(context.Background(), "/t.T/Sleep", "20000")
		w.isAway(err)
	})
	_, err = recv()
	w.isAway(err)
	w.backend(w.runtime())
	must(c.echo("the first call after it"))
}

func longOutage(w *world) {
	b := w.backend(w.runtime())
	w.gate("")
	c := dial(w.listen())
	defer c.Close()
	must(c.echo("before"))
	b.kill()
	os.Remove(w.runtime())
	for end := time.Now().Add(time.Duration(outage) * time.Second); time.Now().Before(end); {
		w.isAway(c.echo("meanwhile"))
		time.Sleep(500 * time.Millisecond)
	}
	w.backend(w.runtime())
	from := time.Now()
	must(c.echo("the first call after it"))
	check(time.Since(from) < time.Second, "it took %s", time.Since(from))
}

func newInode(w *world) {
	old := w.backend(w.runtime())
	w.gate("")
	c := dial(w.listen())
	defer c.Close()
	must(c.echo("old"))
	w.backend(w.path("next.sock"))
	must(os.Rename(w.path("next.sock"), w.runtime()))
	must(c.echo("still the old one, as a client of its own would"))
	old.kill()
	from := time.Now()
	for c.echo("new") != nil {
	}
	check(time.Since(from) < time.Second, "it took %s", time.Since(from))
}

func manyRestarts(w *world) {
	b := w.backend(w.runtime())
	gate := w.gate("")
	c := dial(w.listen())
	defer c.Close()
	must(c.echo("warm"))
	before := gate.descriptors()
	for i := 0; i < 20; i++ {
		var streams []func() (string, error)
		for k := 0; k < 10; k++ {
			recv := c.stream(context.Background(), "0 1000")
			_, err := recv()
			must(err)
			streams = append(streams, recv)
		}
		b.kill()
		for _, recv := range streams {
			_, err := recv()
			w.isAway(err)
		}
		b = w.backend(w.runtime())
		must(c.echo(fmt.Sprint("after restart ", i)))
	}
	eventually(3*time.Second, "descriptors are given back", func() bool {
		return gate.descriptors() <= before
	})
}

func failsSoon(w *world) {
	w.gate("")
	c := dial(w.listen())
	defer c.Close()
	from := time.Now()
	atOnce(500, func(int) { w.isAway(c.echo("in vain")) })
	check(time.Since(from) < 2*time.Second, "it took %s", time.Since(from))
}

// listener is what systemd holds for a socket unit.
func (w *world) listener() *os.File {
	w.dirs()
	os.Remove(w.path("unit.sock"))
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: w.path("unit.sock"), Net: "unix"})
	must(err)
	f, err := l.File()
	must(err)
	return f
}

func activation(w *world) {
	w.backend(w.runtime())
	socket := w.listener()
	gate := w.activated(socket, "drainTimeout: 5s")
	c := dial(w.path("unit.sock"))
	defer c.Close()
	must(c.echo("first"))
	var asked, failed, canceled int32
	stop := make(chan struct{})
	go func() {
		time.Sleep(300 * time.Millisecond)
		for i := 0; i < 3; i++ {
			gate.stop()
			time.Sleep(200 * time.Millisecond)
			gate = w.activated(socket, "drainTimeout: 5s")
			time.Sleep(500 * time.Millisecond)
		}
		close(stop)
	}()
	atOnce(8, func(n int) {
		for {
			select {
			case <-stop:
				return
			default:
			}
			fresh := dial(w.path("unit.sock"))
			if err := fresh.echo("a connection of its own"); err != nil {
				atomic.AddInt32(&failed, 1)
				fmt.Println("#", err)
			}
			fresh.Close()
			// gRPC's server cancels what comes in the instant between its
			// end and the client's hearing of it.
			err := c.echo("over the old one")
			if status.Code(err) == codes.Canceled {
				atomic.AddInt32(&canceled, 1)
			} else if err != nil {
				atomic.AddInt32(&failed, 1)
				fmt.Println("#", err)
			}
			atomic.AddInt32(&asked, 2)
		}
	})
	check(failed == 0, "%d of %d calls failed", failed, asked)
	check(canceled <= 3*8, "%d of %d calls were canceled", canceled, asked)
	check(asked > 200, "only %d calls were made", asked)
}

func activationLeaves(w *world) {
	w.backend(w.runtime())
	socket := w.listener()
	gate := w.activated(socket, "")
	c := dial(w.path("unit.sock"))
	defer c.Close()
	must(c.echo("hello"))
	check(!answers(w.listen()), "`listen` is bound as well")
	gate.stop()
	_, err := os.Stat(w.path("unit.sock"))
	must(err)
	_, err = os.Stat(w.listen())
	check(os.IsNotExist(err), "`listen` is there")
}

const pullImage = "/runtime.v1.ImageService/PullImage"

func pullRequest() string {
	return string(field(1, string(field(1, "registry.example.com/app:1"))))
}

// underWay starts 100 pulls, 50 streams that end by themselves in a second and
// 50 that never do; the function it gives waits for all of them.
func (w *world) underWay(c client) func() {
	done := make(chan interface{}, 1)
	var begun int32
	go func() {
		defer func() { done <- recover() }()
		atOnce(200, func(i int) {
			if i < 100 {
				atomic.AddInt32(&begun, 1)
				got, err := c.call(context.Background(), pullImage, pullRequest())
				must(err)
				check(got == string(field(1, "pulled")), "pull: %q", got)
				return
			}
			request, want := "10 100", io.EOF.Error()
			if i%2 == 0 {
				request, want = "0 100", "Unavailable"
			}
			recv := c.stream(context.Background(), request)
			n := 0
			for {
				text, err := recv()
				if err != nil {
					check(strings.Contains(err.Error(), want), "stream %q ended with %v", request, err)
					break
				}
				check(text == fmt.Sprint(n), "stream: %q in place %d", text, n)
				if n == 0 {
					atomic.AddInt32(&begun, 1)
				}
				n++
			}
			check(i%2 == 0 || n == 10, "stream ended after %d", n)
		})
	}()
	eventually(5*time.Second, "200 calls have begun", func() bool {
		return atomic.LoadInt32(&begun) == 200
	})
	time.Sleep(100 * time.Millisecond)
	return func() {
		if problem := <-done; problem != nil {
			panic(problem)
		}
	}
}

func drain(w *world) {
	w.backend(w.runtime())
	gate := w.gate("drainTimeout: 3s")
	c := dial(w.listen())
	defer c.Close()
	wait := w.underWay(c)
	from := time.Now()
	gate.stop()
	took := time.Since(from)
	check(took > 2900*time.Millisecond && took < 6*time.Second, "it ended after %s", took)
	wait()
	check(!answers(w.listen()), "somebody answers")
}

func drainOver(w *world) {
	w.backend(w.runtime())
	socket := w.listener()
	gate := w.activated(socket, "drainTimeout: 3s")
	c := dial(w.path("unit.sock"))
	defer c.Close()
	wait := w.underWay(c)
	gate.signal(syscall.SIGTERM)
	late := make(chan error, 10)
	for i := 0; i < cap(late); i++ {
		go func() {
			fresh := dial(w.path("unit.sock"))
			late <- fresh.echo("came while it ended")
			fresh.Close()
		}()
	}
	check(gate.ended(20*time.Second) == 0, "%s", gate.log.String())
	w.activated(socket, "")
	wait()
	for i := 0; i < cap(late); i++ {
		must(<-late)
	}
	must(c.echo("after it"))
}

func staleAndLive(w *world) {
	w.backend(w.runtime())
	gate := w.gate("")
	second := w.start(w.second())
	check(second.ended(10*time.Second) == 2, "a second one starts: %s", second.log.String())
	check(strings.Contains(second.log.String(), "is in use: another process answers on it"),
		"it says: %s", second.log.String())
	c := dial(w.listen())
	defer c.Close()
	must(c.echo("the first still serves"))
	gate.kill()
	_, err := os.Stat(w.listen())
	must(err)
	gate = w.gate("")
	fresh := dial(w.listen())
	defer fresh.Close()
	must(fresh.echo("the stale file was replaced"))
	gate.stop()
	_, err = os.Stat(w.listen())
	check(os.IsNotExist(err), "the socket file is left")
	must(os.WriteFile(w.listen(), []byte("precious"), 0644))
	third := w.start(w.second())
	check(third.ended(10*time.Second) == 2, "it starts over a file")
	content, err := os.ReadFile(w.listen())
	check(err == nil && string(content) == "precious", "the file is gone")
}

func owner(w *world) {
	group, err := user.LookupGroup("daemon")
	must(err)
	w.gate("socket: {owner: daemon, group: " + group.Gid + "}")
	info, err := os.Stat(w.listen())
	must(err)
	sys := info.Sys().(*syscall.Stat_t)
	check(info.Mode().Perm() == 0660, "mode %o", info.Mode().Perm())
	check(fmt.Sprint(sys.Gid) == group.Gid && sys.Uid != 0, "owned by %d:%d", sys.Uid, sys.Gid)
}

func tooManyCalls(w *world) {
	w.backend(w.runtime())
	w.gate("limits: {calls: 10}")
	c := dial(w.listen())
	defer c.Close()
	var refused int32
	atOnce(30, func(int) {
		_, err := c.call(context.Background(), "/t.T/Sleep", "1000")
		if status.Code(err) == codes.ResourceExhausted {
			check(strings.Contains(err.Error(), "limits.calls"), "it says: %v", err)
			atomic.AddInt32(&refused, 1)
		} else {
			must(err)
		}
	})
	check(refused == 20, "%d of 30 were refused", refused)
	must(c.echo("room again"))
}

func silent(w *world) {
	w.backend(w.runtime())
	gate := w.gate("limits: {connections: 8, handshakeTimeout: 2s}")
	var conns []net.Conn
	for i := 0; i < 12; i++ {
		conn, err := net.Dial("unix", w.listen())
		must(err)
		conn.Write([]byte("PRI * HTTP/2.0"[:i]))
		conns = append(conns, conn)
	}
	from := time.Now()
	c := dial(w.listen())
	must(c.echo("let me through"))
	check(time.Since(from) < time.Second, "it took %s", time.Since(from))
	for _, conn := range conns {
		conn.SetReadDeadline(from.Add(4 * time.Second))
		_, err := conn.Read(make([]byte, 1))
		check(err != nil && !os.IsTimeout(err), "a silent client is not closed: %v", err)
	}
	c.Close()
	// Those that are gone are counted out again, those that speak are kept.
	for i := 0; i < 50; i++ {
		c := dial(w.listen())
		must(c.echo("hello"))
		c.Close()
	}
	check(gate.descriptors() < 60, "%d descriptors", gate.descriptors())
}

func watchdog(w *world) {
	w.dirs()
	path := w.path("notify.sock")
	os.Remove(path)
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	must(err)
	defer manager.Close()
	cmd := w.second()
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+path, "WATCHDOG_USEC=300000")
	gate := w.start(cmd)
	seen := map[string]int{}
	read := func() {
		buffer := make([]byte, 4096)
		manager.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, err := manager.Read(buffer)
		must(err)
		for _, line := range strings.Split(string(buffer[:n]), "\n") {
			seen[strings.SplitN(line, "=", 2)[0]]++
		}
	}
	for from := time.Now(); time.Since(from) < time.Second; {
		read()
	}
	check(seen["READY"] == 1, "not ready: %v", seen)
	check(seen["WATCHDOG"] >= 5, "too few signs of life in a second: %v", seen)
	gate.signal(syscall.SIGTERM)
	for seen["STOPPING"] == 0 {
		read()
	}
}
