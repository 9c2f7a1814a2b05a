// The relay between peers that are known to the last byte: what passes through,
// how it is held back, what hostile peers do, and what becomes of calls when the
// runtime or pullgate itself goes away and comes back.
//
//	relaypeers -pullgate PROGRAM -dir DIR -group NAME [-run REGEXP]
//	relaypeers -pullgate PROGRAM -dir DIR -soak SECONDS
//	relaypeers -backend SOCKET
//	relaypeers -follow SOCKET
//
// Prints TAP.  The backend is a process of its own, so that it can be killed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// A test fails with what it panics with.
type test struct {
	name     string
	deadline time.Duration
	run      func(w *world)
}

func check(ok bool, format string, args ...interface{}) {
	if !ok {
		panic(fmt.Sprintf(format, args...))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// outcome runs a test in a world of its own; what it started ends with it.
func outcome(t test, dir, program string) (problem interface{}) {
	w := &world{dir: dir, program: program}
	done := make(chan interface{}, 1)
	go func() {
		defer func() { done <- recover() }()
		t.run(w)
		w.endAll()
	}()
	select {
	case problem = <-done:
	case <-time.After(t.deadline):
		problem = fmt.Sprintf("not done after %s", t.deadline)
	}
	if problem != nil {
		w.killAll()
		problem = fmt.Sprintf("%v\n%s", problem, w.logs())
	}
	return problem
}

// runAll starts the slow ones first and beside the others, which go one by one.
func runAll(tests []test, dir, program string) int {
	var slow sync.WaitGroup
	problems := make([]interface{}, len(tests))
	one := func(i int) {
		problems[i] = outcome(tests[i], filepath.Join(dir, fmt.Sprint(i)), program)
	}
	for i, t := range tests {
		if t.deadline > time.Minute {
			slow.Add(1)
			go func(i int) { one(i); slow.Done() }(i)
		}
	}
	for i, t := range tests {
		if t.deadline <= time.Minute {
			one(i)
		}
	}
	slow.Wait()
	failed := 0
	for i, t := range tests {
		if problems[i] == nil {
			fmt.Printf("ok %d - %s\n", i+1, t.name)
			continue
		}
		failed = 1
		text := strings.TrimSpace(fmt.Sprint(problems[i]))
		fmt.Printf("not ok %d - %s\n# %s\n", i+1, t.name, strings.ReplaceAll(text, "\n", "\n# "))
	}
	fmt.Printf("1..%d\n", len(tests))
	return failed
}

func main() {
	program := flag.String("pullgate", "", "the program")
	dir := flag.String("dir", "", "where sockets and logs go")
	only := flag.String("run", "", "tests whose names match")
	group := flag.String("group", "life", "life, wire or traps")
	backend := flag.String("backend", "", "be the runtime on this socket")
	soak := flag.Int("soak", 0, "seconds to kill and restart the runtime for")
	flag.IntVar(&outage, "outage", 60, "seconds of the long outage")
	follow := flag.String("follow", "", "open five streams on this socket and wait")
	flag.Parse()
	if *backend != "" {
		serveBackend(*backend)
	}
	if *follow != "" {
		c := dial(*follow)
		atOnce(5, func(int) {
			recv := c.stream(context.Background(), "0 50")
			for {
				_, err := recv()
				must(err)
			}
		})
	}
	where, err := filepath.Abs(*dir)
	must(err)
	must(os.RemoveAll(where))
	must(os.MkdirAll(where, 0755))
	tests := map[string]func() []test{"life": lifeTests, "wire": wireTests, "traps": trapTests}[*group]()
	if *soak > 0 {
		tests = soakTests(time.Duration(*soak) * time.Second)
	}
	pattern := regexp.MustCompile(*only)
	var chosen []test
	for _, t := range tests {
		if pattern.MatchString(t.name) {
			chosen = append(chosen, t)
		}
	}
	os.Exit(runAll(chosen, where, *program))
}
