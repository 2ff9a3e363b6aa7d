package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// made builds an image of two programs in a new folder.
func made(t *testing.T) (archive string) {
	t.Helper()
	folder := t.TempDir()
	archive = filepath.Join(folder, "hub.oci.tar")
	var programs []string
	for _, arch := range []string{"amd64", "arm64"} {
		path := filepath.Join(folder, "hub-"+arch)
		if err := os.WriteFile(path, []byte("program for "+arch), 0o700); err != nil {
			t.Fatal(err)
		}
		programs = append(programs, arch+"="+path)
	}
	if err := build("1.2.3~rc1", archive, programs); err != nil {
		t.Fatal(err)
	}
	return archive
}

// content are the files of an archive, by name.
func content(t *testing.T, from io.ReadCloser) map[string]*file {
	t.Helper()
	defer func() { _ = from.Close() }()
	files := map[string]*file{}
	for r := tar.NewReader(from); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name] = &file{h, text}
	}
}

type file struct {
	*tar.Header

	text []byte
}

func TestImageOfBothArchitectures(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1767323045")
	first, second := made(t), made(t)
	a, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(second)
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("a second build differs, %v", err)
	}
	folder := t.TempDir()
	for name, f := range content(t, io.NopCloser(bytes.NewReader(a))) {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if f.Typeflag == tar.TypeDir {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	top, err := layout.ImageIndexFromPath(folder)
	if err != nil {
		t.Fatal(err)
	}
	list, err := top.IndexManifest()
	if err != nil || len(list.Manifests) != 1 || list.Manifests[0].MediaType != types.OCIImageIndex ||
		list.Manifests[0].Annotations["org.opencontainers.image.ref.name"] != "traybell-hub:1.2.3-rc1" {
		t.Fatalf("the index is %+v, %v", list, err)
	}
	index, err := top.ImageIndex(list.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	images, err := index.IndexManifest()
	if err != nil || len(images.Manifests) != 2 {
		t.Fatalf("the images are %+v, %v", images, err)
	}
	for i, arch := range []string{"amd64", "arm64"} {
		of := images.Manifests[i]
		if of.Platform == nil || of.Platform.OS != "linux" || of.Platform.Architecture != arch {
			t.Errorf("image %d is for %v, want linux/%s", i, of.Platform, arch)
		}
		image, err := index.Image(of.Digest)
		if err != nil {
			t.Fatal(err)
		}
		checkImage(t, image, arch)
	}
}

func checkImage(t *testing.T, image v1.Image, arch string) {
	t.Helper()
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	c := config.Config
	if config.OS != "linux" || config.Architecture != arch || config.Created.Unix() != 1767323045 ||
		c.User != "65532:65532" || c.Entrypoint[0] != "/usr/bin/traybell-hub" || c.Healthcheck == nil ||
		c.Healthcheck.Test[1] != c.Entrypoint[0] || c.Healthcheck.Test[2] != "health" {
		t.Errorf("%s: the configuration is %+v", arch, config)
	}
	files := content(t, mutate.Extract(image))
	program := files["usr/bin/traybell-hub"]
	if program == nil || string(program.text) != "program for "+arch || program.Mode != 0o755 {
		t.Errorf("%s: the program is %+v", arch, program)
	}
	for name, mode := range map[string]int64{"etc/traybell": 0o750, "var/lib/traybell": 0o700} {
		if f := files[name]; f == nil || f.Uid != user || f.Mode != mode {
			t.Errorf("%s: %s is %+v", arch, name, f)
		}
	}
	for _, name := range []string{"usr/share/zoneinfo/Asia/Vladivostok", "etc/ssl/certs/ca-certificates.crt"} {
		if f := files[name]; f == nil || len(f.text) == 0 {
			t.Errorf("%s: no %s", arch, name)
		}
	}
}
