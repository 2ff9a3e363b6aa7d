package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"traybell/hub/signin"
	"traybell/shared/protocol"

	"golang.org/x/term"
)

type passwd struct{}

func (passwd) Run() error {
	password, err := readPassword()
	if err != nil {
		return err
	}
	if utf8.RuneCountInString(password) < signin.Shortest {
		return fmt.Errorf("a password needs at least %d characters", signin.Shortest)
	}
	if len(password) > protocol.MaxPassword {
		return fmt.Errorf("a password has at most %d bytes", protocol.MaxPassword)
	}
	hash, err := signin.Hash(password)
	if err != nil {
		return err
	}
	if _, err := fmt.Println(hash); err != nil {
		return err
	}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		fmt.Fprint(os.Stderr, whatNext(term.IsTerminal(int(os.Stdout.Fd()))))
	}
	return nil
}

// whatNext says where the hash belongs, to who made it by hand.
func whatNext(onScreen bool) string {
	if onScreen {
		return "Write it into hub.yml, as the agent's (or the admin's):\n  password: \"…\"\nThen: traybell-hub " +
			"check --offline\n"
	}
	return "Name that file in hub.yml, as the agent's (or the admin's):\n  password_file: …\nLet only the hub's " +
		"user read it, then: traybell-hub check --offline\n"
}

// readPassword asks twice at a terminal, and takes one line from anything else.
func readPassword() (string, error) {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil && line == "" {
			return "", fmt.Errorf("no password on standard input: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	ask := func(question string) (string, error) {
		fmt.Fprint(os.Stderr, question)
		defer fmt.Fprintln(os.Stderr)
		p, err := term.ReadPassword(in)
		return string(p), err
	}
	first, err := ask("Password: ")
	if err != nil {
		return "", err
	}
	second, err := ask("Once more: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("the two were not the same")
	}
	return first, nil
}
