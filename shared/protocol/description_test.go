package protocol

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const description = "../../docs/protocol.md"

var example = regexp.MustCompile("(?s)<!-- example: (\\S+) -->\n```json\n.*?```\n")

// docs/protocol.md contains each golden once as an example.
func TestDescriptionExamples(t *testing.T) {
	kept, err := os.ReadFile(description)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	now := example.ReplaceAllFunc(kept, func(block []byte) []byte {
		key := string(example.FindSubmatch(block)[1])
		shown[key] = true
		golden, err := os.ReadFile(filepath.Join("testdata", key+".json"))
		if err != nil {
			t.Error(err)
			return block
		}
		var line bytes.Buffer
		if err := json.Compact(&line, golden); err != nil {
			t.Fatal(err)
		}
		if line.Len() <= 160 {
			golden = append(line.Bytes(), '\n')
		}
		return append(append([]byte("<!-- example: "+key+" -->\n```json\n"), golden...), "```\n"...)
	})
	for _, e := range catalogue() {
		if !shown[e.key()] {
			t.Errorf("docs/protocol.md has no example of %s", e.key())
		}
	}
	if *update {
		if err := os.WriteFile(description, now, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(kept), string(now)); diff != "" {
		t.Errorf("the examples in docs/protocol.md are stale: go test ./shared/protocol -update\n%s", diff)
	}
}

// docs/protocol.md describes every error code and close code.
func TestDescriptionListsCodes(t *testing.T) {
	raw, err := os.ReadFile(description)
	if err != nil {
		t.Fatal(err)
	}
	src := readSource(t)
	for _, of := range []string{"ErrorCode", "CloseCode"} {
		if len(src.constants[of]) == 0 {
			t.Fatalf("no %s found", of)
		}
		for _, c := range src.constants[of] {
			cell, _ := json.Marshal(c.value)
			if want := "| `" + string(bytes.Trim(cell, `"`)) + "` |"; !bytes.Contains(raw, []byte(want)) {
				t.Errorf("docs/protocol.md has no row %s", want)
			}
		}
	}
}
