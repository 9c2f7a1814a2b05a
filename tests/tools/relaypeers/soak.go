// The soak: the runtime is killed and started at random while clients see to it
// that every answer belongs to its question.
package main

import (
	"context"
	"fmt"
	"math/rand"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func (w *world) second() *exec.Cmd {
	return exec.Command(w.program, "serve", "--config", w.config(""))
}

func soakTests(d time.Duration) []test {
	return []test{{"the runtime is killed at random: every answer belongs to its question", d + time.Minute,
		func(w *world) { soak(w, d) }}}
}

type tally struct{ answered, away, messages int64 }

// ask makes calls of all kinds until the end; only the runtime's absence excuses
// a failure.
func (w *world) ask(n int, t *tally, end time.Time) {
	random := rand.New(rand.NewSource(int64(n)))
	c := dial(w.listen())
	defer c.Close()
	for i := 0; time.Now().Before(end); i++ {
		text := fmt.Sprintf("%d-%d-%s", n, i, strings.Repeat("x", random.Intn(5000)))
		var err error
		switch random.Intn(4) {
		case 0:
			err = w.follow(c, 1+random.Intn(50), t)
		case 1:
			err = abandon(c, text, random)
		default:
			err = c.echo(text)
		}
		switch status.Code(err) {
		case codes.OK:
			atomic.AddInt64(&t.answered, 1)
		case codes.Unavailable:
			w.isAway(err)
			atomic.AddInt64(&t.away, 1)
		default:
			panic(err)
		}
	}
}

// follow reads a stream to its end, in order.
func (w *world) follow(c client, length int, t *tally) error {
	recv := c.stream(context.Background(), fmt.Sprintf("%d 1", length))
	for i := 0; i < length; i++ {
		text, err := recv()
		if err != nil {
			return err
		}
		check(text == fmt.Sprint(i), "message %d of a stream is %q", i, text)
		atomic.AddInt64(&t.messages, 1)
	}
	_, err := recv()
	if err != nil && err.Error() == "EOF" {
		return nil
	}
	return err
}

// abandon gives up after a moment.
func abandon(c client, text string, random *rand.Rand) error {
	ctx, cancel := context.WithTimeout(context.Background(),
		time.Duration(random.Intn(3000))*time.Microsecond)
	defer cancel()
	got, err := c.call(ctx, "/t.T/Echo", text)
	check(err != nil || got == text, "asked %q, answered %q", text, got)
	if code := status.Code(err); code == codes.DeadlineExceeded || code == codes.Canceled {
		return nil
	}
	return err
}

func soak(w *world, d time.Duration) {
	b := w.backend(w.runtime())
	gate := w.gate("")
	warm := dial(w.listen())
	must(warm.echo("warm"))
	warm.Close()
	time.Sleep(100 * time.Millisecond)
	before := gate.descriptors()
	var t tally
	end := time.Now().Add(d)
	done := make(chan interface{}, 1)
	go func() {
		defer func() { done <- recover() }()
		atOnce(8, func(n int) { w.ask(n, &t, end) })
	}()
	restarts := 0
	for time.Now().Before(end) {
		time.Sleep(time.Duration(200+rand.Intn(1800)) * time.Millisecond)
		b.kill()
		time.Sleep(time.Duration(rand.Intn(1000)) * time.Millisecond)
		b = w.backend(w.runtime())
		restarts++
	}
	if problem := <-done; problem != nil {
		panic(problem)
	}
	fmt.Printf("# %d restarts, %d calls answered, %d without the runtime, %d messages\n",
		restarts, t.answered, t.away, t.messages)
	check(t.answered > 100 && t.away > 0, "too little happened")
	eventually(5*time.Second, "descriptors are given back", func() bool {
		return gate.descriptors() <= before
	})
}
