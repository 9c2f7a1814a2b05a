// The relay's test suite: what passes through pullgate must be what passes
// without it, and no peer may bring it down.
//
//	relaytest -pullgate PROGRAM -dir DIR [-run REGEXP] [-group NAME]
//	          [-calls N] [-san]
//
// Groups: transparency, pressure, traps, bounds, churn.  Prints TAP; what each
// pullgate wrote is kept below DIR.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

var (
	program = flag.String("pullgate", "", "the program under test")
	work    = flag.String("dir", "", "where sockets and logs go (short: sockets have short paths)")
	only    = flag.String("run", "", "only tests whose sentence matches this")
	group   = flag.String("group", "", "only tests of this group")
	calls   = flag.Int("calls", 10000, "how many calls the churn makes")
	san     = flag.Bool("san", false, "the program is a sanitizer build: slower, and memory is not measured")
)

// test is one sentence, and what shows that it holds.
type test struct {
	name  string
	run   func(t *T)
	limit time.Duration // 0: as usual
	slow  bool          // mostly waits, so it runs beside the others
}

const usualLimit = 30 * time.Second

// T is a test under way.
type T struct {
	dir   string
	mu    sync.Mutex
	notes []string
	ends  []func(ok bool) // last in, first out
}

// failure is what a test panics with when something does not hold.
type failure string

func fail(format string, args ...interface{}) { panic(failure(fmt.Sprintf(format, args...))) }

func check(ok bool, format string, args ...interface{}) {
	if !ok {
		fail(format, args...)
	}
}

func must(err error) {
	if err != nil {
		fail("%v", err)
	}
}

// note adds a line that is printed whether the test holds or not.
func (t *T) note(format string, args ...interface{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
}

// atEnd registers what is to be closed, and in the good case checked.
func (t *T) atEnd(f func(ok bool)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ends = append(t.ends, f)
}

func (t *T) end(ok bool) {
	for {
		t.mu.Lock()
		if len(t.ends) == 0 {
			t.mu.Unlock()
			return
		}
		last := t.ends[len(t.ends)-1]
		t.ends = t.ends[:len(t.ends)-1]
		t.mu.Unlock()
		last(ok)
	}
}

func told(problem interface{}) string {
	switch p := problem.(type) {
	case nil:
		return ""
	case failure:
		return string(p)
	default:
		return fmt.Sprintf("%v\n%s", p, debug.Stack())
	}
}

// ourStacks is what the tests' own goroutines were doing.
func ourStacks() string {
	all := make([]byte, 1<<20)
	all = all[:runtime.Stack(all, true)]
	var ours []string
	for _, one := range strings.Split(string(all), "\n\n") {
		if strings.Contains(one, "main.") && len(ours) < 6 {
			ours = append(ours, one)
		}
	}
	return strings.Join(ours, "\n")
}

// outcome runs one test under its watchdog; the empty string is success.
func (t *T) outcome(x test) (problem string) {
	limit := x.limit
	if limit == 0 {
		limit = usualLimit
	}
	done := make(chan string, 1)
	go func() {
		defer func() { done <- told(recover()) }()
		x.run(t)
		t.end(true)
	}()
	select {
	case problem = <-done:
	case <-time.After(limit * slack()):
		problem = fmt.Sprintf("not done after %s\n%s", limit*slack(), ourStacks())
	}
	if problem != "" {
		func() {
			defer func() { recover() }()
			t.end(false)
		}()
	}
	return problem
}

// slack is how much slower things may be under a sanitizer.
func slack() time.Duration {
	if *san {
		return 3
	}
	return 1
}

func comment(text string) string {
	return "# " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n# ")
}

func report(n int, x test, t *T, problem string, took time.Duration) {
	word := "ok"
	if problem != "" {
		word = "not ok"
	}
	fmt.Printf("%s %d - %s\n", word, n, x.name)
	for _, line := range t.notes {
		fmt.Println(comment(line))
	}
	if problem != "" {
		fmt.Println(comment(problem))
	}
	if took > 5*time.Second {
		fmt.Printf("# took %.1f s\n", took.Seconds())
	}
}

// runAll starts the slow ones beside the others, and reports in order.
func runAll(tests []test) (failed int) {
	var lock sync.Mutex
	results := make([]chan func(), len(tests))
	one := func(i int) {
		t := &T{dir: filepath.Join(*work, fmt.Sprint(i+1))}
		must(os.MkdirAll(t.dir, 0755))
		start := time.Now()
		problem := t.outcome(tests[i])
		took := time.Since(start)
		if problem != "" {
			lock.Lock()
			failed++
			lock.Unlock()
		}
		results[i] <- func() { report(i+1, tests[i], t, problem, took) }
	}
	for i := range tests {
		results[i] = make(chan func(), 1)
		if tests[i].slow {
			go one(i)
		}
	}
	told := 0
	for i := range tests {
		if tests[i].slow {
			continue
		}
		one(i)
		for told < len(tests) && len(results[told]) > 0 {
			(<-results[told])()
			told++
		}
	}
	for ; told < len(tests); told++ {
		(<-results[told])()
	}
	fmt.Printf("1..%d\n", len(tests))
	return failed
}

func main() {
	flag.Parse()
	path, err := filepath.Abs(*work)
	if err != nil || *program == "" || *work == "" {
		flag.Usage()
		os.Exit(2)
	}
	*work = path
	pattern := regexp.MustCompile(*only)
	var chosen []test
	for _, g := range []struct {
		name  string
		tests func() []test
	}{{"transparency", transparencyTests}, {"transparency", streamTests}, {"pressure", pressureTests},
		{"traps", trapTests}, {"traps", pullTests}, {"traps", socketTests}, {"bounds", boundTests},
		{"churn", churnTests}} {
		for _, x := range g.tests() {
			if (*group == "" || *group == g.name) && pattern.MatchString(x.name) {
				chosen = append(chosen, x)
			}
		}
	}
	if runAll(chosen) > 0 {
		os.Exit(1)
	}
}
