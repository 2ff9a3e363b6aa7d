package app

import (
	"context"
	"slices"

	"traybell/hub/calldata"
	"traybell/hub/replay"
	"traybell/hub/rules"
	"traybell/hub/rules/ask"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// pastRules returns what applies the rules of the moment to recorded calls.
func pastRules(a *App) func() replay.Reader {
	return func() replay.Reader {
		now := a.desk.Rules()
		return replay.Reader{Store: a.store, Rules: now.Rules, Lines: now.Lines, Numbers: now.Numbers}
	}
}

// askRules returns what asks the URLs of rules.
func askRules(a *App) func(context.Context, rules.Rule, string, protocol.Call) rules.Answer {
	client := ask.New(a.options.Version)
	return func(ctx context.Context, of rules.Rule, pbx string, call protocol.Call) rules.Answer {
		now := a.desk.Rules()
		call.Data = calldata.Lasting(call.Data)
		answer := client.Ask(ctx, of.Name, pbx, *of.Ask, call, ask.Known{
			Team: func(name string) bool {
				return slices.ContainsFunc(now.Staff.Agents(), func(a staff.Agent) bool {
					return slices.Contains(a.Teams, name)
				})
			},
			Agent:    func(login string) bool { _, ok := now.Staff.Agent(login); return ok },
			Template: now.Templates.Has, Link: now.Links.Has,
		})
		if answer.Failed != "" && ctx.Err() == nil {
			a.log.Warn("a rule got no decision", "rule", of.Name, "host", of.Ask.Host, "call", call.ID,
				"why", answer.Failed)
		}
		return answer
	}
}
