package app

import (
	"log/slog"
	"reflect"
	"slices"
	"strings"

	"traybell/hub/config"
)

// logAgentChanges logs the logins of the agents that a reload added, changed or removed.
func logAgentChanges(log *slog.Logger, before, now *config.Config) {
	find := func(c *config.Config, login string) (config.Agent, bool) {
		i := slices.IndexFunc(c.Agents, func(a config.Agent) bool { return a.Login == login })
		if i < 0 {
			return config.Agent{}, false
		}
		return c.Agents[i], true
	}
	var added, changed, removed []string
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
			removed = append(removed, a.Login)
		}
	}
	var attrs []any
	for _, each := range []struct {
		name   string
		logins []string
	}{{"added", added}, {"changed", changed}, {"removed", removed}} {
		if len(each.logins) > 0 {
			attrs = append(attrs, each.name, strings.Join(each.logins, ", "))
		}
	}
	if len(attrs) > 0 {
		log.Info("agents changed", attrs...)
	}
}

// logProblems logs why hub.yml was rejected, one line per problem. The pages and check show
// excerpts of the file, too.
func logProblems(log *slog.Logger, err error) {
	const text = "hub.yml rejected, the previous configuration stays"
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
