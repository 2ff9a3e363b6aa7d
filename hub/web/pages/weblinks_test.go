package pages

import (
	"strings"
	"testing"
)

func TestAddressesInTexts(t *testing.T) {
	for text, want := range map[string]string{
		"":      "",
		"plain": "plain",
		"see https://hub.example.com/recordings/a.b-c.": "see |[https://hub.example.com/recordings/a.b-c]|.",
		"https://a/ (http://b/x?y=1&z=2), javascript:alert(1)\nhttps://c": "[https://a/]| (|[http://b/x?y=1&z=2]|" +
			"), javascript:alert(1)\n|[https://c]",
		`https://a/"onclick="x`: `[https://a/]|"onclick="x`,
		"xhttps://a":            "xhttps://a",
		"https://":              "https://",
	} {
		var got []string
		for _, p := range webParts(text) {
			if p.Link {
				p.Text = "[" + p.Text + "]"
			}
			got = append(got, p.Text)
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
