package app

import (
	"log/slog"
	"reflect"
	"slices"
	"strings"

	"traybell/hub/config"
)

// tellAgents logs which agents a reload added, took out or changed, by their logins.
func tellAgents(log *slog.Logger, before, now *config.Config) {
	find := func(c *config.Config, login string) (config.Agent, bool) {
		i := slices.IndexFunc(c.Agents, func(a config.Agent) bool { return a.Login == login })
		if i < 0 {
			return config.Agent{}, false
		}
		return c.Agents[i], true
	}
	var added, changed, out []string
	for _, a := range now.Agents {
		switch was, known := find(before, a.Login); {
		case !known:
			added = append(added, a.Login)
		case !reflect.DeepEqual(was, a):
			changed = append(changed, a.Login)
		}
	}
	for _, a := range before.Agents {
		if _, stays := find(now, a.Login); !stays {
			out = append(out, a.Login)
		}
	}
	var facts []any
	for _, each := range []struct {
		name   string
		logins []string
	}{{"added", added}, {"changed", changed}, {"taken_out", out}} {
		if len(each.logins) > 0 {
			facts = append(facts, each.name, strings.Join(each.logins, ", "))
		}
	}
	if len(facts) > 0 {
		log.Info("agents of hub.yml", facts...)
	}
}

// tellProblems logs why hub.yml is not taken: a line for each mistake, and where it is. The file's
// own lines are shown on the pages and by check.
func tellProblems(log *slog.Logger, err error) {
	const text = "hub.yml is not taken: the hub goes on with what was in force before"
	problems := problemsOf(err)
	if problems == nil {
		log.Error(text, "error", err)
		return
	}
	log.Error(text, "problems", len(problems))
	for _, p := range problems {
		p.Excerpt = ""
		log.Error("hub.yml", "problem", p.Error())
	}
}
