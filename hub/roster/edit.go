package roster

import (
	"fmt"
	"slices"
	"strings"

	"traybell/hub/config"
	"traybell/hub/config/rewrite"
)

// Apply returns the text of hub.yml with the planned agents. It changes only what differs and
// appends new agents; everything else, including comments, stays. It parses the result to verify
// that nothing else changed.
func (p *Plan) Apply(path string, text []byte) ([]byte, error) {
	t, err := rewrite.Parse(text)
	if err != nil {
		return nil, byHand(path, err)
	}
	section := t.List("agents")
	var fresh [][]rewrite.Pair
	for i := range p.agents {
		a := &p.agents[i]
		switch {
		case a.old < 0:
			fresh = append(fresh, a.pairs())
		case a.old >= section.Len():
			return nil, byHand(path, rewrite.ErrUnsafe)
		default:
			a.change(section)
		}
	}
	section.AddAll(make([]string, len(fresh)), fresh)
	out, err := t.Bytes()
	if err != nil {
		return nil, byHand(path, err)
	}
	if err := p.verify(path, out); err != nil {
		return nil, err
	}
	return out, nil
}

func byHand(path string, err error) error {
	return fmt.Errorf("%s: %w; use --print and add the agents by hand", path, err)
}

// Block returns the planned agents as YAML, to be added to hub.yml by hand.
func (p *Plan) Block() string {
	out := []string{"agents:"}
	for i := range p.agents {
		out = append(out, rewrite.Entry(2, p.agents[i].pairs())...)
	}
	return strings.Join(out, "\n") + "\n"
}

// keys of an agent in the order of writing.
var keys = []string{"login", "name", "extensions", "password", "teams", "rights", "roles"}

// value returns the value of a key; needed reports whether a new agent needs it.
func (a *planned) value(key string) (v rewrite.Value, needed bool) {
	list := func(texts []string) (rewrite.Value, bool) { return rewrite.List(texts), len(texts) > 0 }
	switch key {
	case "name":
		return rewrite.String(a.want.Name), a.want.Name != a.want.Login
	case "extensions":
		return list(a.want.Extensions)
	case "password":
		return rewrite.String(a.want.Password.Reveal()), true
	case "teams":
		return list(a.want.Teams)
	case "rights":
		return list(a.want.Rights)
	case "roles":
		return list(a.want.Roles)
	}
	return rewrite.String(a.want.Login), true
}

// pairs are all keys of the agent.
func (a *planned) pairs() (pairs []rewrite.Pair) {
	for _, key := range keys {
		if v, needed := a.value(key); needed {
			pairs = append(pairs, rewrite.Pair{Key: key, Value: v})
		}
	}
	return pairs
}

// change changes the keys that differ.
func (a *planned) change(s *rewrite.Section) {
	for _, key := range a.what {
		was := key
		if key == "password" && s.Has(a.old, "password_file") {
			was = "password_file"
		}
		v, _ := a.value(key)
		s.Replace(a.old, was, key, v)
	}
}

// verify parses the changed text and compares it with the plan.
func (p *Plan) verify(path string, text []byte) error {
	now, err := config.Parse(path, text)
	if err != nil {
		return fmt.Errorf("the change would break hub.yml: %w", err)
	}
	want := slices.Clone(p.cfg.Agents)
	for i := range p.agents {
		if a := &p.agents[i]; a.old >= 0 {
			want[a.old] = a.want
		} else {
			want = append(want, a.want)
		}
	}
	same := len(want) == len(now.Agents)
	for i := 0; same && i < len(want); i++ {
		same = sameAgent(want[i], now.Agents[i])
	}
	others := slices.DeleteFunc(config.Changed(p.cfg, now), func(key string) bool { return key == "agents" })
	if !same || len(others) > 0 {
		return fmt.Errorf("cannot change the agents in hub.yml safely, because %v would change; use --print and add "+
			"them by hand",
			append(others, "agents"))
	}
	return nil
}

// sameAgent treats nil and empty lists as equal.
func sameAgent(a, b config.Agent) bool {
	return a.Login == b.Login && a.Name == b.Name && a.PasswordFile == b.PasswordFile && a.Password.Equal(b.Password) &&
		slices.Equal(a.Extensions, b.Extensions) && slices.Equal(a.Teams, b.Teams) &&
		slices.Equal(a.Rights, b.Rights) &&
		slices.Equal(a.Roles, b.Roles)
}
