package cmd

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"traybell/hub/api"
	"traybell/hub/config/document"
	"traybell/shared/printable"
)

type tokenCmd struct {
	Name   string   `arg:"" help:"What the program is called in the audit."`
	Scopes []string `help:"What it may do: view, supervise, notes, admin." enum:"view,supervise,notes,admin" default:"view"`
	For    string   `help:"How long it is valid: 365d, 12h; 0: forever." default:"365d"`
}

// Run prints a new token, once, and the lines of hub.yml that admit it.
func (t tokenCmd) Run(to streams) error {
	if strings.TrimSpace(t.Name) == "" {
		return errors.New("the name is empty; use the program's name, such as: traybell-hub token \"crm sync\"")
	}
	lasts, err := document.ParseDuration(t.For)
	if err != nil || lasts < 0 {
		return fmt.Errorf("--for: %q is not a duration such as 365d or 12h; 0: forever", t.For)
	}
	token, hash := api.NewToken()
	if _, err := printable.Fprintf(to.out, "%s\n", token); err != nil {
		return err
	}
	expires := ""
	if lasts > 0 {
		expires = fmt.Sprintf("\n      expires: %s", time.Now().Add(lasts).Format(time.RFC3339))
	}
	_, err = printable.Fprintf(
		to.err,
		"Give it to the program; it is not shown again. Add to hub.yml:\n\n%s\n",
		printable.Lines(
			fmt.Sprintf("api:\n  tokens:\n    - name: %q\n      hash: %s\n      scopes: [%s]%s", t.Name, hash,
				strings.Join(t.Scopes, ", "), expires),
		),
	)
	return err
}
