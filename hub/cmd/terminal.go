package cmd

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"traybell/shared/printable"

	"golang.org/x/term"
)

// terminal asks the person at a terminal. It ends with the context, although a read does not.
type terminal struct {
	in    *os.File
	lines *bufio.Reader
	out   io.Writer
}

func newTerminal(in *os.File, out io.Writer) *terminal {
	return &terminal{in, bufio.NewReader(in), out}
}

// Say prints a text, which is the program's own.
func (t *terminal) Say(text string) { printable.Fprintf(t.out, "%s\n", printable.Lines(text)) }

// Ask implements setup.Terminal.
func (t *terminal) Ask(ctx context.Context, question, otherwise string) (string, error) {
	if otherwise != "" {
		question += " [" + otherwise + "]"
	}
	printable.Fprintf(t.out, "%s: ", question)
	line, err := t.read(ctx, func() (string, error) { return t.lines.ReadString('\n') })
	if line = strings.TrimSpace(line); line == "" {
		line = otherwise
	}
	return line, err
}

// Secret implements setup.Terminal.
func (t *terminal) Secret(ctx context.Context, question string) (string, error) {
	shown, err := term.GetState(int(t.in.Fd()))
	if err != nil {
		return "", err
	}
	printable.Fprintf(t.out, "%s: ", question)
	line, err := t.read(ctx, func() (string, error) {
		secret, err := term.ReadPassword(int(t.in.Fd()))
		return string(secret), err
	})
	printable.Fprintf(t.out, "\n")
	if ctx.Err() != nil { // the read goes on without an echo
		err = errors.Join(err, term.Restore(int(t.in.Fd()), shown))
	}
	return strings.TrimRight(line, "\r"), err
}

// read waits for a line or for the end of ctx, after which nothing more is read.
func (t *terminal) read(ctx context.Context, line func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		text, err := line()
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		if errors.Is(a.err, io.EOF) {
			a.err = errors.New("the terminal was closed; nothing was written")
		}
		return a.text, a.err
	case <-ctx.Done():
		printable.Fprintf(t.out, "\n")
		return "", errors.New("stopped; nothing was written")
	}
}
