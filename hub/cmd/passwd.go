package cmd

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

// Run prints the hash of a password.
func (passwd) Run(to streams) error {
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
	if _, err := fmt.Fprintln(to.out, hash); err != nil {
		return err
	}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		fmt.Fprint(to.err, nextStep(term.IsTerminal(int(os.Stdout.Fd()))))
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

// readPassword asks twice at a terminal, and reads one line from anything else.
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
	second, err := ask("Repeat: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("the passwords are not the same")
	}
	return first, nil
}
