package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

const startRuns = 7

// benchStart: from calling the built binary on existing data to its first answers, the health
// check and the front page.
func benchStart(ctx context.Context) ([]figure, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "yimen-bench-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	fresh, err := startOnce(ctx, binary, dir) // makes the data
	if err != nil {
		return nil, err
	}
	var took, empty []time.Duration
	for range startRuns {
		d, err := startOnce(ctx, binary, dir)
		if err != nil {
			return nil, err
		}
		took = append(took, d)
		at := time.Now()
		_ = exec.CommandContext(ctx, binary).Run() // prints its usage and ends
		empty = append(empty, time.Since(at))
	}
	slices.Sort(took)
	slices.Sort(empty)
	f := figure{name: "start", value: ms(percentile(took, 0.5)), unit: "ms median"}
	f.limit = fmt.Sprintf("%.1f ms the same binary doing nothing", ms(percentile(empty, 0.5)))
	f.ratio = f.value / ms(percentile(empty, 0.5))
	f.notes = append(f.notes, fmt.Sprintf("worst of %d: %.0f ms, with a fresh town %.0f ms", startRuns, ms(took[len(took)-1]), ms(fresh)))
	f.want(f.value < 500, "< 500 ms")
	f.want(fresh < 10*time.Second, "fresh start < 10 s")
	return []figure{f}, nil
}

// startOnce runs the demo until it has answered, and ends it.
func startOnce(ctx context.Context, binary, dir string) (time.Duration, error) {
	address, err := freeAddress()
	if err != nil {
		return 0, err
	}
	c := exec.CommandContext(ctx, binary, "demo", "--data", dir, "--addr", address)
	c.Env = append(os.Environ(), "YIMEN_NOW=2026-03-02", "YIMEN_DB=")
	start := time.Now()
	if err := c.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for _, path := range []string{"/healthz", "/"} {
		if err = answered(ctx, "http://"+address+path, ended); err != nil {
			break
		}
	}
	took := time.Since(start)
	if err != nil {
		return 0, errors.Join(err, c.Process.Kill())
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	return took, <-ended
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// answered asks every two milliseconds until there is an answer.
func answered(ctx context.Context, url string, ended <-chan error) error {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	again := time.NewTicker(2 * time.Millisecond)
	defer again.Stop()
	limit := time.NewTimer(time.Minute)
	defer limit.Stop()
	for {
		if a, err := client.Get(url); err == nil {
			a.Body.Close()
			if a.StatusCode != http.StatusOK {
				return fmt.Errorf("GET %s answers %d", url, a.StatusCode)
			}
			return nil
		}
		select {
		case err := <-ended:
			return fmt.Errorf("the demo ended: %w", err)
		case <-limit.C:
			return fmt.Errorf("no answer from %s", url)
		case <-ctx.Done():
			return ctx.Err()
		case <-again.C:
		}
	}
}
