// Package failpoint kills the process at a named place, so that crash tests can prove nothing is lost.
//
// Invariants: without YIMEN_FAILPOINT in the environment Hit costs one atomic load and does
// nothing; a hit never returns, runs no deferred call and flushes nothing, as a power cut would.
package failpoint

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

type target struct {
	name string
	left atomic.Int64
}

var armed atomic.Pointer[target]

// Seen, when set by a test in the same process, hears the name of every place passed.
var seen atomic.Pointer[func(string)]

func init() {
	// YIMEN_FAILPOINT=name or name:n (die at the n-th passing).
	if v := os.Getenv("YIMEN_FAILPOINT"); v != "" {
		Arm(v)
	}
}

// Arm sets the place to die at, "name" or "name:n"; empty disarms.
func Arm(spec string) {
	if spec == "" {
		armed.Store(nil)
		return
	}
	name, count, _ := strings.Cut(spec, ":")
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 {
		n = 1
	}
	t := &target{name: name}
	t.left.Store(int64(n))
	armed.Store(t)
}

// Watch makes every passing known to f; nil stops. For tests that list the places.
func Watch(f func(name string)) {
	if f == nil {
		seen.Store(nil)
		return
	}
	seen.Store(&f)
}

// Hit is a place where the process may die.
func Hit(name string) {
	if f := seen.Load(); f != nil {
		(*f)(name)
	}
	t := armed.Load()
	if t == nil || t.name != name || t.left.Add(-1) != 0 {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal is on its way; nothing more may happen
}
