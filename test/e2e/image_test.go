//go:build e2e

package e2e

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"traybell/hub/signin"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// TestImage runs the hub of the OCI image as its user, with nothing but the image's files.
func TestImage(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	image := openImage(t, one(t, released(ctx, t), "*.oci.tar"))
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Config.User != "65532:65532" || config.OS != "linux" || config.Architecture != runtime.GOARCH ||
		config.Config.Healthcheck == nil {
		t.Errorf("the configuration is %+v", config)
	}
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	unpack(t, mutate.Extract(image), root)
	hash, err := signin.Hash("secret-1")
	if err != nil {
		t.Fatal(err)
	}
	hubYAML := fmt.Sprintf("listen: %s\npbx: [{id: main, address: \"127.0.0.1:1\", username: traybell, "+
		"password: secret}]\nagents: [{login: anna, extensions: [\"101\"], password: %q}]\n", freeAddress(t), hash)
	if err := os.WriteFile(filepath.Join(root, "etc/traybell/hub.yml"), []byte(hubYAML), 0o644); err != nil {
		t.Fatal(err)
	}
	in := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Dir, cmd.Env = "/", slices.Concat(config.Config.Env, []string{"TZ=Asia/Vladivostok"})
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}, Pdeathsig: syscall.SIGKILL,
		}
		return cmd
	}
	health := config.Config.Healthcheck.Test[1:]
	if out, err := in(health...).CombinedOutput(); err == nil || !strings.Contains(string(out), "does not answer") {
		t.Errorf("healthy without a hub: %s", out)
	}
	said := &strings.Builder{}
	hub := in(append(config.Config.Entrypoint, config.Config.Cmd...)...)
	hub.Stdout, hub.Stderr = said, said
	if err := hub.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- hub.Wait() }()
	for late := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		out, err := in(health...).CombinedOutput()
		if err == nil {
			break
		}
		select {
		case err := <-ended:
			t.Fatalf("the hub ends: %v\n%s", err, said)
		default:
		}
		if time.Now().After(late) {
			t.Fatalf("not healthy: %s", out)
		}
	}
	if _, err := os.Stat(filepath.Join(root, "var/lib/traybell/traybell.db")); err != nil {
		t.Error(err)
	}
	if err := hub.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the hub does not stop by itself: %v\n%s", err, said)
	}
	if !strings.Contains(said.String(), "+10:00") {
		t.Errorf("no time zone of Vladivostok in the log:\n%s", said)
	}
}

// openImage opens the image for this computer in an OCI archive.
func openImage(t *testing.T, archive string) v1.Image {
	t.Helper()
	folder := t.TempDir()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	unpack(t, f, folder)
	index, err := layout.ImageIndexFromPath(folder)
	if err != nil {
		t.Fatal(err)
	}
	top, err := index.IndexManifest()
	if err != nil || len(top.Manifests) != 1 {
		t.Fatalf("%+v, %v", top, err)
	}
	all, err := index.ImageIndex(top.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := all.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manifest.Manifests {
		if m.Platform.Architecture == runtime.GOARCH {
			image, err := all.Image(m.Digest)
			if err != nil {
				t.Fatal(err)
			}
			return image
		}
	}
	t.Fatalf("no image for %s: %+v", runtime.GOARCH, manifest)
	return nil
}

// unpack writes the files of an archive with their modes and owners.
func unpack(t *testing.T, from io.ReadCloser, to string) {
	t.Helper()
	defer func() { _ = from.Close() }()
	for r := tar.NewReader(from); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(to, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o755)
		} else {
			var content []byte
			if content, err = io.ReadAll(r); err == nil {
				err = os.WriteFile(path, content, 0o644)
			}
		}
		err = errors.Join(err, os.Chown(path, h.Uid, h.Gid), os.Chmod(path, h.FileInfo().Mode()))
		if err != nil {
			t.Fatal(err)
		}
	}
}
