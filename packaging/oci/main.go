// Command oci makes an OCI image of the hub without a container engine: an archive with an index of
// one image per architecture, for `podman load`, `docker load` and `skopeo copy oci-archive:`. The
// same programs give the same bytes.
//
//	go run ./packaging/oci -version 1.2.3 -to FILE amd64=PROGRAM arm64=PROGRAM
//
// SOURCE_DATE_EPOCH is the time of creation. packaging/release runs the command.
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// user of the hub in the image, as in Google's distroless images.
const user = 65532

func main() {
	number := flag.String("version", "", "version of the hub")
	to := flag.String("to", "", "the archive")
	flag.Parse()
	if err := build(*number, *to, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "oci:", err)
		os.Exit(1)
	}
}

func build(number, to string, programs []string) error {
	seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	created := time.Unix(seconds, 0).UTC()
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, p := range programs {
		arch, program, ok := strings.Cut(p, "=")
		if !ok {
			return fmt.Errorf("%q is not ARCHITECTURE=PROGRAM", p)
		}
		image, err := hub(number, arch, program, created)
		if err != nil {
			return err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}},
		})
	}
	folder, err := os.MkdirTemp("", "traybell-oci-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	written, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	err = written.AppendIndex(index, layout.WithAnnotations(map[string]string{
		"org.opencontainers.image.ref.name": "traybell-hub:" + strings.ReplaceAll(number, "~", "-"),
	}))
	if err != nil {
		return err
	}
	return archive(folder, to, created)
}

// hub is the image for an architecture.
func hub(number, arch, program string, created time.Time) (v1.Image, error) {
	content, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	layer, err := files(content, created)
	if err != nil {
		return nil, err
	}
	opened, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(layer)), nil
	}, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	image := mutate.MediaType(mutate.ConfigMediaType(empty.Image, types.OCIConfigJSON), types.OCIManifestSchema1)
	image, err = mutate.Append(image, mutate.Addendum{
		Layer: opened, History: v1.History{Created: v1.Time{Time: created}, CreatedBy: "traybell"},
	})
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = "linux", arch, v1.Time{Time: created}
	config.Config = v1.Config{
		User: fmt.Sprintf("%d:%[1]d", user), Entrypoint: []string{"/usr/bin/traybell-hub"}, Cmd: []string{"serve"},
		Env:          []string{"PATH=/usr/bin"},
		ExposedPorts: map[string]struct{}{"11010/tcp": {}}, Volumes: map[string]struct{}{"/var/lib/traybell": {}},
		WorkingDir: "/var/lib/traybell",
		// Docker reads it; it is no part of the image specification.
		Healthcheck: &v1.HealthConfig{
			Test:     []string{"CMD", "/usr/bin/traybell-hub", "health"},
			Interval: 30 * time.Second, Timeout: 5 * time.Second, StartPeriod: 20 * time.Second, Retries: 3,
		},
		Labels: map[string]string{
			"org.opencontainers.image.title": "traybell-hub", "org.opencontainers.image.version": number,
			"org.opencontainers.image.licenses": "Apache-2.0",
		},
	}
	return mutate.ConfigFile(image, config)
}

// entry is a file, or a folder, whose name ends with a slash.
type entry struct {
	name    string
	mode    int64
	owner   int
	content []byte
}

// files is the image's only layer.
func files(program []byte, created time.Time) ([]byte, error) {
	zones, err := timeZones()
	if err != nil {
		return nil, fmt.Errorf("read Go's time zones: %w", err)
	}
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	for _, e := range append([]entry{
		{"etc/", 0o755, 0, nil},
		{"etc/group", 0o644, 0, fmt.Appendf(nil, "root:x:0:\ntraybell:x:%d:\n", user)},
		{"etc/passwd", 0o644, 0, fmt.Appendf(nil,
			"root:x:0:0:root:/:/sbin/nologin\ntraybell:x:%d:%[1]d:traybell:/var/lib/traybell:/sbin/nologin\n", user)},
		{"etc/ssl/", 0o755, 0, nil},
		{"etc/ssl/certs/", 0o755, 0, nil},
		{"etc/ssl/certs/ca-certificates.crt", 0o644, 0, authorities()},
		{"etc/traybell/", 0o750, user, nil},
		{"tmp/", 0o1777, 0, nil},
		{"usr/", 0o755, 0, nil},
		{"usr/bin/", 0o755, 0, nil},
		{"usr/bin/traybell-hub", 0o755, 0, program},
		{"usr/share/", 0o755, 0, nil},
		{"var/", 0o755, 0, nil},
		{"var/lib/", 0o755, 0, nil},
		{"var/lib/traybell/", 0o700, user, nil},
		{"var/log/", 0o755, 0, nil},
		{"var/log/traybell/", 0o750, user, nil},
	}, zones...) {
		h := &tar.Header{
			Typeflag: tar.TypeReg, Name: e.name, Mode: e.mode, Uid: e.owner, Gid: e.owner, Size: int64(len(e.content)),
			ModTime: created, Format: tar.FormatPAX,
		}
		if strings.HasSuffix(e.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(e.content); err != nil {
			return nil, err
		}
	}
	return layer.Bytes(), w.Close()
}

// timeZones are Go's, for the variable TZ.
func timeZones() ([]entry, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output() //nolint:noctx // it answers at once
	if err != nil {
		return nil, err
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = archive.Close() }()
	const to = "usr/share/zoneinfo"
	var zones []entry
	err = fs.WalkDir(archive, ".", func(name string, f fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case f.IsDir():
			zones = append(zones, entry{path.Join(to, name) + "/", 0o755, 0, nil})
			return nil
		}
		content, err := fs.ReadFile(archive, name)
		zones = append(zones, entry{path.Join(to, name), 0o644, 0, content})
		return err
	})
	return zones, err
}

// authorities are Mozilla's, for help desks and directories. Go's copy is the same on all computers.
// One that is trusted only for some certificates is left out: a file cannot say that.
func authorities() []byte {
	var out bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			_ = pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate})
		}
	}
	return out.Bytes()
}

// archive packs a folder, in the order of its names.
func archive(folder, to string, created time.Time) (err error) {
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	w := tar.NewWriter(out)
	err = filepath.WalkDir(folder, func(file string, e fs.DirEntry, err error) error {
		if err != nil || file == folder {
			return err
		}
		name, err := filepath.Rel(folder, file)
		if err != nil {
			return err
		}
		h := &tar.Header{
			Typeflag: tar.TypeDir, Name: filepath.ToSlash(name) + "/", Mode: 0o755, ModTime: created,
			Format: tar.FormatPAX,
		}
		if e.IsDir() {
			return w.WriteHeader(h)
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		h.Typeflag, h.Name, h.Mode, h.Size = tar.TypeReg, filepath.ToSlash(name), 0o644, int64(len(content))
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		_, err = w.Write(content)
		return err
	})
	return errors.Join(err, w.Close())
}
