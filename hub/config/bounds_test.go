package config

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A corrupt file must not exhaust the memory.
func TestHostileFileIsCheap(t *testing.T) {
	indented := func() string {
		var b strings.Builder
		for i := range 1500 {
			b.WriteString(strings.Repeat(" ", i) + "a:\n")
		}
		return b.String()
	}
	distinct := func(form string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, form, i)
		}
		return b.String()
	}
	const deep, many = "nested sections or lists", "more than 5000 keys"
	for name, c := range map[string]struct{ text, want string }{
		"brackets":          {strings.Repeat("[", 50_000), deep},
		"closed brackets":   {strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000), deep},
		"braces":            {strings.Repeat("{a: ", 50_000), deep},
		"lists":             {strings.Repeat("- ", 50_000) + "a", deep},
		"questions":         {strings.Repeat("? ", 50_000) + "a", deep},
		"tags":              {"a: " + strings.Repeat("!a ", 50_000) + "a", deep},
		"anchors":           {"a: " + strings.Repeat("&a ", 50_000) + "a", deep},
		"indentation":       {indented(), deep},
		"in a flow":         {"a: [\n" + strings.Repeat("[\n", 20_000), deep},
		"keys":              {strings.Repeat("a: 1\n", 20_000), many},
		"keys of a section": {"ticket_templates:\n" + distinct("  name%d: {title: a}\n", 20_000), many},
		"keys in braces":    {"ticket_templates: {" + distinct("name%d: {title: a}, ", 20_000) + "}", many},
		"a list of words":   {"a: [" + strings.Repeat("word,", 800_000) + "a]", "the maximum is"},
		"secrets":           {"a: [" + distinct("word%d,", 100_000) + "a]", "unknown key `a`"},
		"unknown keys":      {"pbx:\n" + distinct("  - {id: a%d, addr: b}\n", 20_000), "more problems"},
		"a long line":       {"region: " + strings.Repeat("я", 50_000), "not a known region"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, problems := read("hub.yml", t.TempDir(), []byte(c.text))
			told := problems.Error()
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if !strings.Contains(told, c.want) || len(problems) > 101 {
				t.Errorf("%d problems: %.300s", len(problems), told)
			}
			// with the race detector on a busy computer
			if all := after.TotalAlloc - before.TotalAlloc; all > 1<<30 || took > 30*time.Second {
				t.Errorf("%d bytes of text took %d MB and %s", len(c.text), all>>20, took)
			}
			t.Logf("%d bytes: %d MB, %s", len(c.text), (after.TotalAlloc-before.TotalAlloc)>>20, took)
		})
	}
}

func TestLargeValidFileIsWithinTheLimits(t *testing.T) {
	var b strings.Builder
	b.WriteString("pbx: [{id: main, address: 127.0.0.1:5038, username: otrs, password: hunter2}]\nagents:\n")
	for i := range 3000 {
		fmt.Fprintf(&b,
			"  - {login: agent%d, name: Agent %d, extensions: [\"%d\", \"%d\"], password: "+
				"\"$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA\", teams: [one, two], "+
				"rights: [ticket, category]}\n",
			i, i, 10_000+i, 20_000+i)
	}
	c, problems := read("hub.yml", t.TempDir(), []byte(b.String()))
	if len(problems) > 0 || len(c.Agents) != 3000 {
		t.Errorf("%.500s", problems.Error())
	}
}
