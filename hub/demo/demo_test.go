package demo_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"traybell/hub/demo"
)

// The pages of the demo show the agents of its hub.yml, to add one.
func TestDemoEditsItsHubYML(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, w := io.Pipe()
	ended := make(chan error, 1)
	dir := t.TempDir()
	go func() {
		err := demo.Run(ctx, demo.Options{
			Dir: dir, Listen: "127.0.0.1:0", Version: "test", Out: w, Log: slog.New(slog.DiscardHandler),
		})
		_ = w.CloseWithError(err)
		ended <- err
	}()
	account := map[string]string{}
	lines := bufio.NewScanner(r)
	for lines.Scan() && lines.Text() != "" {
		key, value, _ := strings.Cut(lines.Text(), ": ")
		account[key] = value
	}
	client := http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // of the demo itself
	}}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet,
		"https://"+account["hub"]+"/configuration/agents/edit?entry=boris", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "Boris Ivanov") {
		t.Errorf("%s, %v\n%s", resp.Status, err, body)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
