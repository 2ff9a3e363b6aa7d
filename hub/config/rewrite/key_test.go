package rewrite

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKeysAndSectionsAtTheTop(t *testing.T) {
	desk := []Pair{{"type", String("znuny")}, {"url", String("https://desk")}}
	for name, c := range map[string]struct {
		text, want string
		change     func(*Text)
	}{
		"a key changes": {
			"# ours\nregion: RU   # home\nlisten: x\n", "# ours\nregion: DE   # home\nlisten: x\n",
			func(t *Text) { t.Set("region", String("DE")) },
		},
		"keys are added": {
			"# ours\nlisten: x\n\n# the end\n", "# ours\nlisten: x\nregion: DE\nurl: u\n\n# the end\n",
			func(t *Text) { t.Set("region", String("DE")); t.Set("url", String("u")) },
		},
		"a key is added between brackets": {
			"{listen: x}", "{listen: x, region: DE}", func(t *Text) { t.Set("region", String("DE")) },
		},
		"a section is added": {
			"listen: x\n", "listen: x\n\nhelp_desk:\n  type: znuny\n  url: \"https://desk\"\n",
			func(t *Text) { t.SetIn("help_desk", desk) },
		},
		"a section is filled": {
			"help_desk:   # later\nlisten: x\n",
			"help_desk:   # later\n  type: znuny\n  url: \"https://desk\"\nlisten: x\n",
			func(t *Text) { t.SetIn("help_desk", desk) },
		},
		"an empty section is filled": {
			"help_desk: {}\n", "help_desk: {type: znuny, url: \"https://desk\"}\n",
			func(t *Text) { t.SetIn("help_desk", desk) },
		},
		"a section changes": {
			"help_desk:\n    type: znuny   # 6\n    url: 'http://old'\n    # timeout: 3s\nlisten: x\n",
			"help_desk:\n    type: znuny   # 6\n    url: 'https://desk'\n    queue: Raw\n    # timeout: 3s\n" +
				"listen: x\n",
			func(t *Text) { t.SetIn("help_desk", []Pair{desk[1], {"queue", String("Raw")}}) },
		},
		"a section in brackets changes": {
			"help_desk: {type: znuny, password: x}   # here\n",
			"help_desk: {type: rt, password: x, url: \"https://desk\"}   # here\n",
			func(t *Text) { t.SetIn("help_desk", []Pair{{"type", String("rt")}, desk[1]}) },
		},
		"a section is replaced": {
			"# desk\nhelp_desk:\n  type: rt\n  token: x\nlisten: x\n",
			"# desk\nhelp_desk:\n  type: znuny\n  url: \"https://desk\"\nlisten: x\n",
			func(t *Text) { t.Put("help_desk", desk) },
		},
		"the last section is replaced": {
			"listen: x\nhelp_desk: {type: rt}", "listen: x\nhelp_desk:\n  type: znuny\n  url: \"https://desk\"\n",
			func(t *Text) { t.Put("help_desk", desk) },
		},
		"a key becomes another": {
			"help_desk:\n  password: secret   # old\n", "help_desk:\n  password_file: desk.secret   # old\n",
			func(t *Text) { t.ReplaceIn("help_desk", "password", Pair{"password_file", String("desk.secret")}) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := Parse([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			c.change(text)
			got, err := text.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAFileInBracketsGetsNoSection(t *testing.T) {
	text, err := Parse([]byte("{listen: x}"))
	if err != nil {
		t.Fatal(err)
	}
	text.SetIn("help_desk", []Pair{{"type", String("rt")}})
	if _, err := text.Bytes(); err == nil {
		t.Error("it was written")
	}
}
