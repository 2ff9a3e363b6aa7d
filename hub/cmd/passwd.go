package cmd

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"traybell/hub/config"
	"traybell/hub/signin"
	"traybell/shared/printable"

	"golang.org/x/term"
)

type passwd struct {
	Extension string `help:"An extension that several agents share. Refuses a password that one of them in hub.yml has."`
	configFlag
}

// Run prints the hash of a password.
func (p passwd) Run(to streams) error {
	var sharing []config.Agent
	if p.Extension != "" {
		cfg, err := p.load()
		if err != nil {
			return err
		}
		sharing = cfg.At(p.Extension)
	}
	password, err := readPassword()
	if err != nil {
		return err
	}
	if err := signin.CheckNew(password); err != nil {
		return err
	}
	for _, other := range sharing {
		if signin.Fits(password, other.Password.Reveal()) {
			return fmt.Errorf("%s has this password and extension %s; each agent of an extension needs a different "+
				"one, because the password identifies the agent", other.Login, p.Extension)
		}
	}
	hash, err := signin.Hash(password)
	if err != nil {
		return err
	}
	if _, err := printable.Fprintf(to.out, "%s\n", hash); err != nil {
		return err
	}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		printable.Fprintf(to.err, "%s", printable.Lines(nextStep(term.IsTerminal(int(os.Stdout.Fd())))))
	}
	return nil
}

// nextStep says where the hash goes.
func nextStep(onScreen bool) string {
	if onScreen {
		return "Add it to the agent or admin in hub.yml:\n  password: \"…\"\nThen run: traybell-hub check --offline\n"
	}
	return "Add the file to the agent or admin in hub.yml:\n  password_file: …\nMake it readable only by the hub's " +
		"user, then run: traybell-hub check --offline\n"
}

const maxTyped = 64 << 10 // bytes of a line on standard input

// readPassword asks twice at a terminal, and reads one line from anything else.
func readPassword() (string, error) {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		line, err := bufio.NewReader(io.LimitReader(os.Stdin, maxTyped)).ReadString('\n')
		if err != nil && line == "" {
			return "", fmt.Errorf("no password on standard input: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	ask := func(question string) (string, error) {
		printable.Fprintf(os.Stderr, "%s", question)
		defer printable.Fprintf(os.Stderr, "\n")
		p, err := term.ReadPassword(in)
		return string(p), err
	}
	first, err := ask("Password: ")
	if err != nil {
		return "", err
	}
	second, err := ask("Repeat: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("the passwords are not the same")
	}
	return first, nil
}
