package cmd

import (
	"context"
	"fmt"

	"traybell/hub/control"
	"traybell/hub/testcall"
	"traybell/shared/printable"
)

type testCall struct {
	Agent  string `required:"" help:"The agent, by login or extension." placeholder:"LOGIN|EXT"`
	Number string `help:"The caller's number." placeholder:"NUMBER"`
	DID    string `name:"did" help:"The called number. Default: a tracked one that the agent is shown." placeholder:"NUMBER"`
	PBX    string `name:"pbx" help:"Ring the agent's real phone from this PBX, too: it needs write = originate." placeholder:"ID"`
	configFlag
}

// Run has the running hub place a test call, and prints each step as it comes.
func (t testCall) Run(ctx context.Context, to streams) error {
	cfg, err := t.load()
	if err != nil {
		return err
	}
	q := testcall.Question{Agent: t.Agent, Number: t.Number, DID: t.DID, PBX: t.PBX}
	printed := 0
	report, lines, err := control.TestCall(ctx, cfg.DataDir, q, func(s testcall.Step) {
		printed++
		printable.Fprintf(to.out, "%s\n    %s\n", s.Say(""), s.Text)
	})
	if err != nil {
		return err
	}
	for _, line := range lines[min(printed, len(lines)):] { // why there is no popup
		printable.Fprintf(to.out, "%s\n", line)
	}
	if !report.Shown {
		return fmt.Errorf("the test call of %s is not on the screen: %s", report.Agent, report.Answer.Cause)
	}
	printable.Fprintf(to.out, "The test call %s is on the screen of %s.\n", report.Call, report.Agent)
	return nil
}
