package app

import (
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"time"

	"traybell/hub/computer"
	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/web"
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
	problems := document.ProblemsOf(err)
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

// notices are shown to administrators on every page.
func (a *App) notices() []web.Notice {
	list := append(a.reloads.notices(), adminWebhooks{a.hooks}.notices()...)
	c, cfg := a.certificate.Load(), a.cfg.Load()
	if c == nil {
		return list
	}
	text := strings.Join(computer.Doubts(cfg, c), "\n")
	if err := c.Valid(time.Now()); err != nil {
		text = strings.TrimSpace(err.Error() + "\n" + text)
	}
	if text != "" {
		list = append(list, web.Notice{
			Title: "Desktops may not trust the hub's certificate.", At: time.Now(), Text: text,
		})
	}
	return list
}
