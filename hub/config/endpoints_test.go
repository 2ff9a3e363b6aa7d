package config

import (
	"path/filepath"
	"strings"
	"testing"
)

// Of several PBXs one may have a trunk that is named like an agent's extension on another.
func TestTrunkNamedLikeAnAgentsExtension(t *testing.T) {
	path := filepath.Join(folder(t, map[string]string{"hub.yml": `
pbx:
  - {id: main, address: "127.0.0.1:5038", username: otrs, password: hunter2, trunks: [7xx, "101"], extensions: [door]}
agents: [{login: anna, extensions: ["101", "701"], password: "` + aHash + `"}]
`}), "hub.yml")
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if w := c.Warnings(); len(w) != 1 || !strings.Contains(w[0].Error(), `3:92: "101" is also an extension of "anna"`) {
		t.Errorf("warnings: %v", w)
	}
}
