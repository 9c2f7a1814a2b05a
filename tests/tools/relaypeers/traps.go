// What careless proxies fall over: hostile clients, hostile runtimes.
package main

import (
	"context"
	"fmt"
	"io/ioutil"
	"math/rand"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
)

func trapTests() []test {
	const limit, beside = 50 * time.Second, 70 * time.Second
	return []test{
		{"header values no sender may send, from the client: others go on", limit, illegalFromClient},
		{"header values no sender may send, from the runtime: others go on", limit, illegalFromRuntime},
		{"bad base64 in a binary header, both ways: others go on", limit, badBase64},
		{"more metadata than the bound, both ways: refused, memory bounded", limit, tooMuchMetadata},
		{"pings every ten milliseconds do not end a watch", limit, pings},
		{"a client with keepalive is not sent away", beside, keepaliveClient},
		{"PullImage requests that two readers could read in two ways never reach the runtime", limit, crookedPulls},
		{"streams the runtime resets end as they would without pullgate", limit, resets},
		{"a thousand streams opened and reset at once", limit, resetStorm},
		{"garbage instead of HTTP/2, and connections cut in mid-frame", limit, garbage},
		{"lengths that lie", limit, lyingLengths},
		{"a slow reader stalls the runtime", limit, slowClient},
		{"a slow runtime stalls the client", limit, slowRuntime},
		{"50 clients that stop reading: little memory, and others are served", limit, stalledClients},
		{"50 streams of one client that stops reading: little memory, and others are served", limit, stalledStreams},
		{"memory that large messages took is given back", beside, givenBack},
		{"10,000 mixed calls with random cancellations leave nothing behind", limit, churn},
	}
}

// goesOn sees that pullgate serves others, at once.
func (w *world) goesOn() {
	c := dial(w.listen())
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	got, err := c.call(ctx, "/t.T/Echo", "still there?")
	must(err)
	check(got == "still there?", "%q", got)
}

var illegal = []string{"\xff\xfe", "caf\xc3\xa9", "bell\x07", "nul\x00nul", "\x7f", "tab\there", "line\nbreak", "cr\rlf"}

func illegalFromClient(w *world) {
	w.wired(handle, nil)
	for _, value := range illegal {
		p := rawDial(w.listen())
		p.request(1, "/t.T/Echo", "x-odd", value, "x-fine", "1")
		p.data(1, true, message("hello"))
		got := p.outcome(1, 5*time.Second)
		check(got == "status 0" || got == "closed" || strings.HasPrefix(got, "reset"), "%q: %s", value, got)
		p.conn.Close()
		w.goesOn()
	}
}

// oddRuntime answers every call with these headers, "hello", and trailers.
func (w *world) oddRuntime(header, trailer []string) {
	w.dirs()
	rawServe(w.runtime(), func(p *rawPeer, id uint32) {
		if w.echoes(p, id) {
			return
		}
		p.headers(id, false, append([]string{":status", "200", "content-type", "application/grpc"}, header...)...)
		p.data(id, false, message("hello"))
		p.headers(id, true, append([]string{"grpc-status", "0"}, trailer...)...)
	})
	w.gate("")
}

// echoes answers goesOn's question, whatever the runtime does to others.
func (w *world) echoes(p *rawPeer, id uint32) bool {
	for _, f := range p.stream(id).headers {
		if f.Name == ":path" && f.Value == ownQuestion {
			p.headers(id, true, ":status", "200", "content-type", "application/grpc", "grpc-status", "12")
			return true
		}
		if f.Name == ":path" && f.Value == "/t.T/Echo" {
			p.headers(id, false, ":status", "200", "content-type", "application/grpc")
			p.data(id, false, message("still there?"))
			p.headers(id, true, "grpc-status", "0")
			return true
		}
	}
	return false
}

func illegalFromRuntime(w *world) {
	var value atomic.Value
	value.Store("")
	w.dirs()
	rawServe(w.runtime(), func(p *rawPeer, id uint32) {
		if w.echoes(p, id) {
			return
		}
		p.headers(id, false, ":status", "200", "content-type", "application/grpc", "x-odd", value.Load().(string), "x-fine", "1")
		p.data(id, false, message("hello"))
		p.headers(id, true, "grpc-status", "0", "x-odd", value.Load().(string))
	})
	w.gate("")
	c := dial(w.listen())
	defer c.Close()
	for _, v := range illegal {
		value.Store(v)
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		got, err := c.call(ctx, "/odd/Odd", "ask")
		cancel()
		check(status.Code(err) != codes.DeadlineExceeded, "%q: stuck", v)
		check(err != nil || got == "hello", "%q: %q", v, got)
		w.goesOn()
	}
}

func badBase64(w *world) {
	w.wired(handle, nil)
	for _, value := range []string{"!!!", "a", "=", "\xff", "YQ==YQ=="} {
		p := rawDial(w.listen())
		p.request(1, "/t.T/Echo", "x-bin", value)
		p.data(1, true, message("hello"))
		p.outcome(1, 5*time.Second)
		p.conn.Close()
		w.goesOn()
	}
	other := &world{dir: w.path("b"), program: w.program}
	defer other.endAll()
	other.oddRuntime([]string{"x-bin", "!!!"}, []string{"y-bin", "="})
	c := dial(other.listen())
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, err := c.call(ctx, "/odd/Odd", "ask")
	check(status.Code(err) != codes.DeadlineExceeded, "stuck")
	time.Sleep(time.Second)
	other.goesOn()
}

func tooMuchMetadata(w *world) {
	w.wired(handle, nil)
	gate := w.processes[0]
	w.goesOn()
	before := gate.resident()
	for i := 0; i < 3; i++ {
		p := rawDial(w.listen())
		var more []string
		for k := 0; k < 24; k++ {
			more = append(more, fmt.Sprint("k", k), strings.Repeat("v", 1<<20))
		}
		p.request(1, "/t.T/Echo", more...)
		p.data(1, true, message("hello"))
		got := p.outcome(1, 10*time.Second)
		check(got != "status 0", "24 MiB of metadata passed")
		p.conn.Close()
		w.goesOn()
	}
	grown := gate.resident() - before
	check(grown < 400<<20, "grown by %d MiB", grown>>20)
}

// watch opens a stream on a raw connection and waits for its first message.
func watch(p *rawPeer, id uint32, request string) {
	p.request(id, "/t.T/Stream")
	p.data(id, true, message(request))
	s := p.stream(id)
	eventually(5*time.Second, "the watch begins", func() bool {
		p.lock.Lock()
		defer p.lock.Unlock()
		return len(s.data) > 0
	})
}

func pings(w *world) {
	w.wired(handle, nil)
	p := rawDial(w.listen())
	watch(p, 1, "30 100")
	for i := 0; i < 250; i++ {
		p.locked(func() { p.framer.WritePing(false, [8]byte{byte(i)}) })
		time.Sleep(10 * time.Millisecond)
	}
	got := p.outcome(1, 10*time.Second)
	check(got == "status 0", "the watch ended with %s", got)
}

func keepaliveClient(w *world) {
	w.wired(handle, nil)
	conn, err := grpc.Dial("passthrough:///x", grpc.WithInsecure(),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: time.Second, PermitWithoutStream: true}),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", w.listen())
		}))
	must(err)
	defer conn.Close()
	c := client{conn}
	recv := c.stream(context.Background(), "4 8000")
	for i := 0; i < 4; i++ {
		_, err := recv()
		must(err)
	}
}

// counted is a backend that counts pulls.
func (w *world) counted(pulls *int32) {
	w.wired(func(srv interface{}, s grpc.ServerStream) error {
		if method, _ := grpc.MethodFromServerStream(s); strings.HasSuffix(method, "PullImage") {
			atomic.AddInt32(pulls, 1)
		}
		return handle(srv, s)
	}, nil)
}

func crookedPulls(w *world) {
	var pulls int32
	w.counted(&pulls)
	image := func(name string) string { return string(field(1, string(field(1, name)))) }
	cases := map[string][]string{
		"a NUL":             {image("a\x00evil")},
		"a NUL at the end":  {image("registry.example.com/a\x00")},
		"no UTF-8":          {image("a\xff")},
		"no image":          {""},
		"an empty name":     {image("")},
		"no message":        {},
		"garbage":           {"\xff\xff\xff\xff"},
		"a cut message":     {image("registry.example.com/a")[:10]},
		"too large":         {strings.Repeat("\x12\x02\x0a\x00", 5<<18)},
		"white space":       {image("registry.example.com/a b")},
		"a space before it": {image(" registry.example.com/a")},
	}
	c := dial(w.listen())
	defer c.Close()
	for _, service := range []string{"/runtime.v1.ImageService/PullImage", "/runtime.v1alpha2.ImageService/PullImage"} {
		for name, messages := range cases {
			s, err := c.NewStream(context.Background(), &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, service, grpc.ForceCodec(raw{}))
			must(err)
			for _, m := range messages {
				text := []byte(m)
				s.SendMsg(&text)
			}
			s.CloseSend()
			var out []byte
			for err == nil {
				err = s.RecvMsg(&out)
			}
			code := status.Code(err)
			check(code != codes.OK && code != codes.Internal && err.Error() != "EOF", "%s: %v", name, err)
		}
	}
	check(atomic.LoadInt32(&pulls) == 0, "%d of them reached the runtime", pulls)
	w.withoutSlash(&pulls)
}

// withoutSlash: grpc-go takes "a/B" for "/a/B", so it has to be gated as well.
func (w *world) withoutSlash(pulls *int32) {
	p := rawDial(w.listen())
	p.request(1, "runtime.v1.ImageService/PullImage")
	p.data(1, true, message(string(field(1, string(field(1, "a\x00evil"))))))
	got := p.outcome(1, 5*time.Second)
	check(got != "status 0", "%s", got)
	check(atomic.LoadInt32(pulls) == 0, "it reached the runtime")
}

func resets(w *world) {
	var code uint32
	w.dirs()
	rawServe(w.runtime(), func(p *rawPeer, id uint32) {
		if !w.echoes(p, id) {
			p.locked(func() { p.framer.WriteRSTStream(id, http2.ErrCode(atomic.LoadUint32(&code))) })
		}
	})
	w.gate("")
	direct, through := dial(w.runtime()), dial(w.listen())
	defer direct.Close()
	defer through.Close()
	// REFUSED_STREAM (7) is left out: grpc-go itself tries such a call again.
	for _, code = range []uint32{1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 200} {
		want, got := codes.OK, codes.OK
		for i, c := range []client{direct, through} {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			_, err := c.call(ctx, "/odd/Odd", "ask")
			cancel()
			if i == 0 {
				want = status.Code(err)
			} else {
				got = status.Code(err)
			}
		}
		// The two libraries map a few of HTTP/2's codes differently; none may
		// look like success or be swallowed.
		check(got != codes.OK && got != codes.DeadlineExceeded, "reset %d: direct %s, through %s", code, want, got)
		if code == 8 || code == 11 || code == 2 {
			check(got == want, "reset %d: direct %s, through %s", code, want, got)
		}
	}
	w.goesOn()
}

func resetStorm(w *world) {
	w.wired(handle, nil)
	gate := w.processes[0]
	w.goesOn()
	before := gate.descriptors()
	for round := 0; round < 5; round++ {
		p := rawDial(w.listen())
		for i := uint32(0); i < 1000; i++ {
			p.request(2*i+1, "/t.T/Sleep")
			p.data(2*i+1, true, message("60000"))
			p.locked(func() { p.framer.WriteRSTStream(2*i+1, http2.ErrCodeCancel) })
		}
		w.goesOn()
		p.conn.Close()
	}
	eventually(5*time.Second, "descriptors are given back", func() bool { return gate.descriptors() <= before })
}

func garbage(w *world) {
	w.wired(handle, nil)
	for i, text := range []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00", strings.Repeat("\x00", 100000),
		http2.ClientPreface + strings.Repeat("\xff", 1000), http2.ClientPreface + "\x00\x00\x04\x00\x00\x00\x00\x00\x01abcd",
		http2.ClientPreface + "\xff\xff\xff\x01\x04\x00\x00\x00\x01"} {
		conn, err := net.Dial("unix", w.listen())
		must(err)
		conn.Write([]byte(text))
		conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		_, err = ioutil.ReadAll(conn)
		if nerr, ok := err.(net.Error); ok && nerr.Timeout() {
			panic(fmt.Sprintf("garbage %d: the connection stays", i))
		}
		conn.Close()
		w.goesOn()
	}
	random := rand.New(rand.NewSource(1))
	for i := 0; i < 200; i++ {
		p := rawDial(w.listen())
		p.request(1, "/t.T/Stream")
		cut := message("0 10")
		p.locked(func() {
			p.framer.WriteRawFrame(http2.FrameData, 0, 1, cut)
			whole := append([]byte{0, 0, 100, 0, 0, 0, 0, 0, 1}, make([]byte, 100)...)
			p.conn.Write(whole[:random.Intn(len(whole))])
		})
		p.conn.Close()
	}
	w.goesOn()
}

func lyingLengths(w *world) {
	w.wired(handle, nil)
	// gRPC's server takes what has a wrong flag (the first byte) for an empty
	// message, or for one that is not compressed; the others are errors.
	for _, data := range []string{"\x00\x00\x00\x00\x09short", "\x00\xff\xff\xff\xffx", "\x00\x00",
		"\x01\x00\x00\x00\x01x", "\x02\x00\x00\x00\x01x"} {
		p := rawDial(w.listen())
		p.request(1, "/t.T/Echo")
		p.data(1, true, []byte(data))
		got := p.outcome(1, 5*time.Second)
		check(got != "status 0" || data[0] != 0, "%q: %s, answer %q", data, got, p.stream(1).data)
		p.conn.Close()
		w.goesOn()
	}
}

// flood sends 64 KiB messages as fast as they are taken, and counts.
func flood(sent *int64) grpc.StreamHandler {
	return func(srv interface{}, s grpc.ServerStream) error {
		if method, _ := grpc.MethodFromServerStream(s); !strings.HasSuffix(method, "Flood") {
			return handle(srv, s)
		}
		text := make([]byte, 64<<10)
		for s.SendMsg(&text) == nil {
			atomic.AddInt64(sent, int64(len(text)))
		}
		return nil
	}
}

// settled waits until a number no longer grows, and gives it.
func settled(n *int64) int64 {
	last, since := atomic.LoadInt64(n), time.Now()
	for time.Since(since) < time.Second {
		time.Sleep(50 * time.Millisecond)
		if now := atomic.LoadInt64(n); now != last {
			last, since = now, time.Now()
		}
	}
	return last
}

func slowClient(w *world) {
	var sent int64
	_, c := w.wired(flood(&sent), nil)
	defer c.Close()
	s, err := c.NewStream(context.Background(), &grpc.StreamDesc{ServerStreams: true}, "/f/Flood", grpc.ForceCodec(raw{}))
	must(err)
	must(s.CloseSend())
	stalled := settled(&sent)
	check(stalled < 8<<20, "%d bytes were taken of a writer nobody reads from", stalled)
	var out []byte
	for got := int64(0); got < stalled+16<<20; got += int64(len(out)) {
		must(s.RecvMsg(&out))
	}
}

func slowRuntime(w *world) {
	read := make(chan struct{})
	var got int64
	_, c := w.wired(func(_ interface{}, s grpc.ServerStream) error {
		<-read
		var in []byte
		for s.RecvMsg(&in) == nil {
			got += int64(len(in))
		}
		out := []byte(strconv.FormatInt(got, 10))
		return s.SendMsg(&out)
	}, nil)
	defer c.Close()
	s, err := c.NewStream(context.Background(), &grpc.StreamDesc{ClientStreams: true}, "/f/Take", grpc.ForceCodec(raw{}))
	must(err)
	var sent int64
	go func() {
		text := make([]byte, 64<<10)
		for i := 0; i < 512 && s.SendMsg(&text) == nil; i++ {
			atomic.AddInt64(&sent, int64(len(text)))
		}
		s.CloseSend()
	}()
	stalled := settled(&sent)
	check(stalled < 8<<20, "%d bytes were taken for a reader that does not read", stalled)
	close(read)
	var out []byte
	must(s.RecvMsg(&out))
	check(string(out) == strconv.Itoa(512*64<<10), "%s bytes arrived", out)
}

// isPlain: a sanitizer's own memory is beside the point.
func (w *world) isPlain() bool {
	content, err := ioutil.ReadFile(w.program)
	must(err)
	return !strings.Contains(string(content), "__asan_init") && !strings.Contains(string(content), "__tsan_init")
}

func (w *world) stall(n int, connect func(i int) client) {
	var sent int64
	w.wired(flood(&sent), nil)
	gate := w.processes[0]
	w.goesOn()
	before := gate.resident()
	for i := 0; i < n; i++ {
		s, err := connect(i).NewStream(context.Background(), &grpc.StreamDesc{ServerStreams: true}, "/f/Flood", grpc.ForceCodec(raw{}))
		must(err)
		must(s.CloseSend())
	}
	settled(&sent)
	grown := gate.resident() - before
	fmt.Printf("# %d stalled readers cost %d KiB\n", n, grown>>10)
	check(grown < 40<<20 || !w.isPlain(), "grown by %d MiB", grown>>20)
	w.goesOn()
}

func stalledClients(w *world) {
	w.stall(50, func(int) client { return dial(w.listen()) })
}

func stalledStreams(w *world) {
	var one client
	w.stall(50, func(i int) client {
		if i == 0 {
			one = dial(w.listen())
		}
		return one
	})
}

// resident is the memory of a process, in bytes.
func (p *process) resident() int64 {
	content, err := ioutil.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	must(err)
	pages, err := strconv.ParseInt(strings.Fields(string(content))[1], 10, 64)
	must(err)
	return pages * 4096
}

func givenBack(w *world) {
	_, c := w.wired(handle, nil)
	defer c.Close()
	gate := w.processes[0]
	must(c.echo("warm"))
	before := gate.resident()
	for i := 0; i < 3; i++ {
		must(c.echo(strings.Repeat("large ", 64<<20/6)))
	}
	if w.isPlain() {
		eventually(20*time.Second, "memory is given back", func() bool { return gate.resident() < before+8<<20 })
	}
}

func churn(w *world) {
	w.backend(w.runtime())
	gate := w.gate("")
	w.goesOn()
	before := gate.descriptors()
	atOnce(16, func(n int) {
		random := rand.New(rand.NewSource(int64(n)))
		c := dial(w.listen())
		defer c.Close()
		for i := 0; i < 625; i++ {
			w.anything(c, random, fmt.Sprintf("%d-%d", n, i))
		}
	})
	eventually(5*time.Second, "descriptors are given back", func() bool { return gate.descriptors() <= before })
	w.goesOn()
}

// anything makes one call of a random kind; half of them are given up.
func (w *world) anything(c client, random *rand.Rand, text string) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if random.Intn(2) == 0 {
		time.AfterFunc(time.Duration(random.Intn(4000))*time.Microsecond, cancel)
	}
	var err error
	switch random.Intn(5) {
	case 0:
		recv := c.stream(ctx, fmt.Sprintf("%d 1", random.Intn(20)+1))
		for err == nil {
			_, err = recv()
		}
	case 1:
		text += strings.Repeat("y", random.Intn(300000))
		fallthrough
	case 2, 3:
		var got string
		got, err = c.call(ctx, "/t.T/Echo", text)
		check(err != nil || got == text, "asked %.30q, answered %.30q", text, got)
	case 4:
		_, err = c.call(ctx, "/t.T/Sleep", "1")
	}
	code := status.Code(err)
	check(err == nil || err.Error() == "EOF" || code == codes.Canceled, "%v", err)
}
