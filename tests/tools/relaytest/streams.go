// What takes time: deadlines, cancellation, resets, half-close, order, watches.
package main

import (
	"context"
	"fmt"
	"io"
	"math/rand"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"

	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	reflectpb "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
)

func streamTests() []test {
	return []test{
		{name: "a deadline reaches the backend as it was or rounded up a little, and none stays none", run: deadlines},
		{name: "a deadline of 100 ms ends both sides in time", run: deadlinePasses},
		{name: "a deadline that was over before it came ends the call, and a malformed one as it does directly", run: oddDeadlines},
		{name: "a client that cancels ends the backend's call within a second: in a unary call, in a stream, after half-close", run: cancellations},
		{name: "a backend that resets a stream gives the same code as directly, before and after a message", run: resets},
		{name: "headers arrive before the first message", run: headersFirst},
		{name: "a client that has closed its side still gets messages, and a server may answer before", run: halfClose},
		{name: "3,000 messages of a conversation arrive in order, both ways", run: conversation},
		{name: "of 100 calls that end out of order each gets its own answer", run: outOfOrder},
		{name: "health checks and a health watch pass", run: healthPasses},
		{name: "server reflection passes", run: reflectionPasses},
	}
}

func brief() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 5*time.Second*slack())
}

// echo says each message back.
func echo(_ interface{}, s grpc.ServerStream) error {
	for {
		var in string
		if err := s.RecvMsg(&in); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := s.SendMsg(&in); err != nil {
			return err
		}
	}
}

// rounding is how far C core lengthens a deadline (GRPC_TIMEOUT's eight digits).
func rounding(d time.Duration) time.Duration {
	switch {
	case d < 10*time.Second:
		return 10 * time.Millisecond
	case d < 100*time.Second:
		return 100 * time.Millisecond
	case d < 100*time.Second*10:
		return time.Second
	}
	return d / 100
}

func deadlines(t *T) {
	seen := make(chan time.Time, 1)
	w := t.world(func(_ interface{}, s grpc.ServerStream) error {
		end, _ := s.Context().Deadline()
		seen <- end
		return echo(nil, s)
	})
	w.bothWays(func(way string, c *grpc.ClientConn) {
		_, err := invoke(context.Background(), c, "/d/None", "")
		check(err == nil && (<-seen).IsZero(), "%s: no deadline became one, or %v", way, err)
		for _, d := range []time.Duration{777 * time.Millisecond, 2345 * time.Millisecond, 9999 * time.Millisecond,
			15 * time.Second, 99 * time.Second, 123456 * time.Millisecond, 10 * time.Minute, 30 * time.Hour, 1000 * time.Hour} {
			ctx, cancel := context.WithTimeout(context.Background(), d)
			want, _ := ctx.Deadline()
			_, err := invoke(ctx, c, "/d/Deadline", "")
			must(err)
			late := (<-seen).Sub(want)
			most := 100 * time.Millisecond * slack()
			if way == "through" {
				most += rounding(d)
			}
			check(late > -2*time.Millisecond && late <= most, "%s: a deadline of %s came %s too late", way, d, late)
			cancel()
		}
	})
}

// waiting is a backend whose calls last until they are ended from outside.
type waiting struct{ began, ended chan struct{} }

func newWaiting() *waiting { return &waiting{make(chan struct{}, 1000), make(chan struct{}, 1000)} }

func (b *waiting) handle(_ interface{}, s grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(s)
	if method == "/t.T/Echo" {
		return echo(nil, s)
	}
	if strings.Contains(method, "Stream") {
		text := "first"
		s.SendMsg(&text)
	}
	b.began <- struct{}{}
	<-s.Context().Done()
	b.ended <- struct{}{}
	return s.Context().Err()
}

func within(limit time.Duration, what string, c <-chan struct{}) {
	select {
	case <-c:
	case <-time.After(limit):
		fail("not within %s: %s", limit, what)
	}
}

func deadlinePasses(t *T) {
	b := newWaiting()
	w := t.world(b.handle)
	w.bothWays(func(way string, c *grpc.ClientConn) {
		for _, method := range []string{"/d/Unary", "/d/Stream"} {
			ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			start := time.Now()
			s := open(ctx, c, method, "ask")
			var err error
			for err == nil {
				_, err = receive(s)
			}
			took := time.Since(start)
			check(status.Code(err) == codes.DeadlineExceeded, "%s %s: %v", way, method, err)
			check(took > 95*time.Millisecond && took < 250*time.Millisecond*slack(), "%s %s: took %s", way, method, took)
			within(time.Second, way+": the backend's call ends", b.ended)
			cancel()
		}
	})
}

func oddDeadlines(t *T) {
	w := t.world(echo)
	ask := func(path, timeout string) string {
		c := w.rawDial(path)
		defer c.Close()
		c.ask(1, "/t.T/Echo", "ask", "grpc-timeout", timeout)
		return c.outcome(1, 5e9)
	}
	for _, timeout := range []string{"0n", "1n", "0S"} {
		got := ask(w.through, timeout)
		check(got == "status 4", "timeout %q: %s", timeout, got)
	}
	for _, timeout := range []string{"99999999H", "5S", "5000m"} {
		check(ask(w.through, timeout) == "status 0", "timeout %q does not pass", timeout)
	}
	for _, timeout := range []string{"", "x", "5", "-5S", "123456789S", "S"} {
		t.note("timeout %q: direct %s, through %s", timeout, ask(w.backend, timeout), ask(w.through, timeout))
		w.serves()
	}
}

func cancellations(t *T) {
	b := newWaiting()
	w := t.world(b.handle)
	w.bothWays(func(way string, c *grpc.ClientConn) {
		for _, method := range []string{"/c/Unary", "/c/OpenStream", "/c/HalfClosedStream"} {
			ctx, cancel := context.WithCancel(context.Background())
			s := open(ctx, c, method, "ask")
			if method != "/c/OpenStream" {
				must(s.CloseSend())
			}
			if method != "/c/Unary" {
				text, err := receive(s)
				check(err == nil && text == "first", "%s %s: %v", way, method, err)
			}
			within(2*time.Second, method+" begins", b.began)
			cancel()
			within(time.Second, way+" "+method+": the backend's call ends", b.ended)
			_, err := receive(s)
			check(status.Code(err) == codes.Canceled, "%s %s: %v", way, method, err)
		}
	})
}

// resets: the method says when and with which code; "once" lets the next pass.
func resets(t *T) {
	w := t.rawWorld(func(c *rawConn, id uint32, fields []hpack.HeaderField) {
		path := strings.Split(value([][]hpack.HeaderField{fields}, ":path"), "/")
		code, err := strconv.Atoi(path[2])
		if err != nil {
			answerEcho(c, id)
			return
		}
		if path[1] == "late" {
			c.headers(id, false, ":status", "200", "content-type", "application/grpc")
			c.data(id, false, framed("first"))
			time.Sleep(50 * time.Millisecond)
		}
		c.reset(id, http2.ErrCode(code))
	})
	results := map[string][]string{}
	w.bothWays(func(way string, c *grpc.ClientConn) {
		for _, when := range []string{"early", "late"} {
			for code := 0; code <= 13; code++ {
				ctx, cancel := brief()
				s := open(ctx, c, fmt.Sprintf("/%s/%d", when, code), "ask")
				text, err := receive(s)
				got := text
				if err == nil {
					_, err = receive(s)
				}
				results[way] = append(results[way], fmt.Sprintf("RST_STREAM %s (%s): %q then %s", http2.ErrCode(code), when, got, status.Code(err)))
				cancel()
			}
		}
	})
	d := differences(results["direct"], results["through"])
	check(d == "", "%s", d)
	w.serves()
}

func headersFirst(t *T) {
	b := newWaiting()
	w := t.world(func(srv interface{}, s grpc.ServerStream) error {
		if err := s.SendHeader(metadata.Pairs("watch", "begun")); err != nil {
			return err
		}
		return b.handle(srv, s)
	})
	w.bothWays(func(way string, c *grpc.ClientConn) {
		ctx, cancel := brief()
		defer cancel()
		start := time.Now()
		md, err := open(ctx, c, "/h/Watch", "ask").Header()
		check(err == nil && len(md["watch"]) == 1, "%s: header %v, %v", way, md, err)
		check(time.Since(start) < time.Second, "%s: took %s", way, time.Since(start))
	})
}

func halfClose(t *T) {
	w := t.world(func(_ interface{}, s grpc.ServerStream) error {
		var in string
		hello := "before the end"
		if err := s.SendMsg(&hello); err != nil {
			return err
		}
		for s.RecvMsg(&in) == nil {
		}
		for i := 0; i < 5; i++ {
			time.Sleep(20 * time.Millisecond)
			out := fmt.Sprint("after the end ", i)
			if err := s.SendMsg(&out); err != nil {
				return err
			}
		}
		return nil
	})
	w.bothWays(func(way string, c *grpc.ClientConn) {
		ctx, cancel := brief()
		defer cancel()
		s := open(ctx, c, "/h/Close", "ask")
		text, err := receive(s)
		check(err == nil && text == "before the end", "%s: %q, %v", way, text, err)
		must(s.CloseSend())
		for i := 0; i < 5; i++ {
			text, err = receive(s)
			check(err == nil && text == fmt.Sprint("after the end ", i), "%s: %q, %v", way, text, err)
		}
		_, err = receive(s)
		check(err == io.EOF, "%s: ends with %v", way, err)
	})
}

func conversation(t *T) {
	const n = 3000
	w := t.world(echo)
	c := w.dial(w.through)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second*slack())
	defer cancel()
	s, err := c.NewStream(ctx, bidi, "/b/Echo")
	must(err)
	say := func(i int) string { return fmt.Sprint(i, " ", strings.Repeat("x", i*7%5000)) }
	go func() {
		for i := 0; i < n; i++ {
			text := say(i)
			if s.SendMsg(&text) != nil {
				return
			}
		}
		s.CloseSend()
	}()
	for i := 0; i < n; i++ {
		text, err := receive(s)
		check(err == nil && text == say(i), "message %d is %.20q, %v", i, text, err)
	}
	_, err = receive(s)
	check(err == io.EOF, "ends with %v", err)
}

func outOfOrder(t *T) {
	const n = 100
	var order int32
	w := t.world(func(_ interface{}, s grpc.ServerStream) error {
		var in string
		if err := s.RecvMsg(&in); err != nil {
			return err
		}
		ms, _ := strconv.Atoi(strings.Fields(in)[0])
		time.Sleep(time.Duration(ms) * time.Millisecond)
		out := "you said " + in
		return s.SendMsg(&out)
	})
	c := w.dial(w.through)
	wait := rand.New(rand.NewSource(1)).Perm(n)
	var swapped int32
	atOnce(n, func(i int) {
		ctx, cancel := brief()
		defer cancel()
		ask := fmt.Sprintf("%d ms %s", wait[i]*5, strings.Repeat(fmt.Sprint(i), 100))
		got, err := invoke(ctx, c, "/o/Sleep", ask)
		check(err == nil && got == "you said "+ask, "asked %.20q, answered %.30q, %v", ask, got, err)
		if int(atomic.AddInt32(&order, 1)) != i+1 {
			atomic.AddInt32(&swapped, 1)
		}
	})
	check(swapped > 0, "they ended in order")
}

func healthPasses(t *T) {
	h := health.NewServer()
	w := t.worldOf(nil, func(s *grpc.Server) { healthpb.RegisterHealthServer(s, h) }, "")
	conn := w.dial(w.through, grpc.WithDefaultCallOptions(grpc.ForceCodec(nil)))
	c := healthpb.NewHealthClient(conn)
	ctx, cancel := brief()
	defer cancel()
	answer, err := c.Check(ctx, &healthpb.HealthCheckRequest{})
	check(err == nil && answer.Status == healthpb.HealthCheckResponse_SERVING, "%v, %v", answer, err)
	_, err = c.Check(ctx, &healthpb.HealthCheckRequest{Service: "none"})
	check(status.Code(err) == codes.NotFound, "%v", err)
	watch, err := c.Watch(ctx, &healthpb.HealthCheckRequest{Service: "x"})
	must(err)
	for _, want := range []healthpb.HealthCheckResponse_ServingStatus{healthpb.HealthCheckResponse_SERVICE_UNKNOWN,
		healthpb.HealthCheckResponse_SERVING, healthpb.HealthCheckResponse_NOT_SERVING, healthpb.HealthCheckResponse_SERVING} {
		if want != healthpb.HealthCheckResponse_SERVICE_UNKNOWN {
			h.SetServingStatus("x", want)
		}
		answer, err := watch.Recv()
		check(err == nil && answer.Status == want, "want %v, got %v, %v", want, answer, err)
	}
}

func reflectionPasses(t *T) {
	w := t.worldOf(nil, func(s *grpc.Server) {
		healthpb.RegisterHealthServer(s, health.NewServer())
		reflection.Register(s)
	}, "")
	ctx, cancel := brief()
	defer cancel()
	answers := map[string]string{}
	for _, path := range []string{w.backend, w.through} {
		s, err := reflectpb.NewServerReflectionClient(w.dial(path, grpc.WithDefaultCallOptions(grpc.ForceCodec(nil)))).ServerReflectionInfo(ctx)
		must(err)
		for _, ask := range []*reflectpb.ServerReflectionRequest{
			{MessageRequest: &reflectpb.ServerReflectionRequest_ListServices{}},
			{MessageRequest: &reflectpb.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: "grpc.health.v1.Health"}}} {
			must(s.Send(ask))
			answer, err := s.Recv()
			must(err)
			answers[path] += answer.String()
		}
	}
	check(strings.Contains(answers[w.backend], "grpc.health.v1.Health"), "the backend itself has no reflection")
	check(answers[w.backend] == answers[w.through], "the answers differ")
}
