package build

import (
	"bytes"
	"fmt"
	"os/exec"
	"sync"
	"time"
)

// quiet is the longest time without a word about a running command.
const quiet = 5 * time.Second

// watch prints the output of a command, and what it does if it has printed nothing for a while.
type watch struct {
	doing string
	// note may consume a line instead of having it printed, and returns the state to show.
	note  func(line string) (state string, consumed bool)
	print func(line string)

	mu          sync.Mutex
	rest        []byte // an unfinished line
	state       string
	began, last time.Time // of the command; of the last printed line
}

// show runs a command and prints its output. Every five seconds without any it prints what the
// command is doing and the state that note returned last, and at the end how long it took.
func show(cmd *exec.Cmd, doing string, note func(line string) (state string, consumed bool)) error {
	w := &watch{doing: doing, note: note, began: time.Now(), last: time.Now()}
	w.print = func(line string) { fmt.Println(line) }
	cmd.Stdout, cmd.Stderr = w, w
	done := make(chan struct{})
	go w.tick(done)
	err := cmd.Run()
	close(done)
	w.flush()
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if time.Since(w.began) >= time.Second {
		w.say("done")
	}
	return nil
}

func (w *watch) tick(done <-chan struct{}) {
	for ticks := time.NewTicker(time.Second); ; {
		select {
		case <-ticks.C:
			w.mu.Lock()
			if time.Since(w.last) >= quiet {
				w.say(w.state)
			}
			w.mu.Unlock()
		case <-done:
			return
		}
	}
}

func (w *watch) say(state string) {
	w.last = time.Now()
	if state != "" {
		state = ": " + state
	}
	w.print(fmt.Sprintf("  %3.0f s  %s%s", time.Since(w.began).Seconds(), w.doing, state))
}

// Write implements io.Writer.
func (w *watch) Write(output []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = append(w.rest, output...)
	for {
		line, rest, found := bytes.Cut(w.rest, []byte("\n"))
		if !found {
			return len(output), nil
		}
		w.rest = rest
		w.line(string(line))
	}
}

// flush prints an unfinished last line.
func (w *watch) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) > 0 {
		w.line(string(w.rest))
	}
}

func (w *watch) line(text string) {
	if w.note != nil {
		if state, consumed := w.note(text); consumed {
			w.state = state
			return
		}
	}
	w.print(text)
	w.last = time.Now()
}
