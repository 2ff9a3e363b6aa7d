package document

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretsAreNeverPrinted(t *testing.T) {
	type server struct{ Password Secret }
	c := struct{ PBX []server }{[]server{{NewSecret("hunter2")}}}
	hidden := struct{ secret Secret }{NewSecret("hunter2")}
	var b strings.Builder
	log := slog.New(slog.NewJSONHandler(&b, nil))
	log.Info("secret", "s", c.PBX[0].Password, "pbx", c.PBX[0])
	slog.New(slog.NewTextHandler(&b, nil)).Info("secret", "s", c.PBX[0].Password, "pbx", c.PBX[0])
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	b.Write(encoded)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, verb, c.PBX[0].Password)
		fmt.Fprintf(&b, verb, c.PBX)
		fmt.Fprintf(&b, verb, hidden)
	}
	if strings.Contains(b.String(), "hunter") || strings.Contains(b.String(), fmt.Sprintf("%x", "hunter")) {
		t.Errorf("it is printed:\n%s", b.String())
	}
	if !strings.Contains(b.String(), `"Password":"***"`) {
		t.Errorf("JSON shows no stars:\n%s", b.String())
	}
	if !NewSecret("a").Equal(NewSecret("a")) || NewSecret("a").Equal(NewSecret("b")) || !NewSecret("").Empty() ||
		NewSecret("a").Empty() {
		t.Error("secrets compare wrongly")
	}
}
