package client_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"testing"

	"traybell/hub/admin"
	"traybell/hub/api"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "update client/openapi.json, and the client with oapi-codegen")

const (
	documentFile = "openapi.json"
	clientFile   = "client.go"
	generator    = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2"
)

// The generated client is that of the document which the hub serves.
func TestClientIsCurrent(t *testing.T) {
	s, err := api.New(api.Options{
		Commands: &admin.Commands{}, Version: "1.0.0", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	mark := fmt.Appendf(nil, "\n// SHA-256 of the document: %x\n", sha256.Sum256(s.Document()))
	if *update {
		if err := os.WriteFile(documentFile, s.Document(), 0o600); err != nil {
			t.Fatal(err)
		}
		run := exec.CommandContext(t.Context(), "go", "run", generator, "-config", "oapi-codegen.yaml", documentFile)
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		code, err := os.ReadFile(clientFile)
		if err == nil {
			err = os.WriteFile(clientFile, append(code, mark...), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	document, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(document), string(s.Document())); diff != "" {
		t.Errorf("the document is stale: go test ./test/rest/client -update\n%s", diff)
	}
	code, err := os.ReadFile(clientFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(code, mark) {
		t.Error("the client is of another document: go test ./test/rest/client -update")
	}
}
