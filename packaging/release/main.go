// Command release builds into dist/ what a release consists of: the packages of both programs for
// Linux, the desktop as a file for Linux and Windows and its setup programs for Windows, an image of
// the hub, a package with all desktops for hubs, bills of materials, the changes, and SHA256SUMS,
// signed if there is a key.
//
//	go run ./packaging/release [-key ed25519.pem]
//
// Programs that are built with a key trust releases signed by it, see shared/release.
//
// A second run builds the same bytes. The version is that of the commit's tag, such as v1.2.3 or
// v1.2.3-rc1; without a tag it is 0.0.0~ and the commit's time. Flags select a part.
package main

import (
	"context"
	"crypto/ed25519"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"traybell/packaging/build"
)

const sbom = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0" // `go run` downloads it

const maintainer = "traybell maintainers <traybell@users.noreply.github.com>"

// release is what is built.
type release struct {
	version
	to            string             // folder
	architectures []string           // of Linux, by Go's names
	programs      []string           // hub, desktop
	formats       []string           // deb, rpm, file, exe, setup, image, sbom
	key           ed25519.PrivateKey // nil: not signed
}

func main() {
	list := func(name, value, usage string) *[]string {
		selected := strings.Split(value, ",")
		flag.Func(name, usage+" (default "+value+")", func(s string) error {
			selected = strings.Split(s, ",")
			return nil
		})
		return &selected
	}
	architectures := list("arch", "amd64,arm64", "architectures of Linux")
	programs := list("programs", "hub,desktop", "programs")
	formats := list("formats", "deb,rpm,file,exe,setup,image,sbom", "what to build")
	number := flag.String("version", "", "version such as 1.2.3 or 1.2.3-rc1, instead of the tag's")
	to := flag.String("to", "dist", "folder for the files; what is in it is deleted")
	key := flag.String("key", "", "file with the ed25519 private key (PEM, PKCS #8) that signs SHA256SUMS")
	var others []string
	flag.Func("trust", "file with the public key (PEM) of another signer whom the programs trust; may be repeated",
		func(s string) error {
			others = append(others, s)
			return nil
		})
	flag.Parse()
	build.Main("release", func(ctx context.Context) error {
		v, err := describe(ctx, *number)
		if err != nil {
			return err
		}
		private, err := signer(*key)
		if err != nil {
			return err
		}
		if err := trust(private, others); err != nil {
			return err
		}
		return release{v, *to, *architectures, *programs, *formats, private}.build(ctx)
	})
}

func (r release) build(ctx context.Context) error {
	if err := os.RemoveAll(r.to); err != nil {
		return err
	}
	stage := filepath.Join(r.to, "stage")
	for _, arch := range r.architectures {
		if err := r.linux(ctx, filepath.Join(stage, arch), arch); err != nil {
			return err
		}
	}
	if (r.has("exe") || r.has("setup")) && slices.Contains(r.programs, "desktop") {
		if err := r.windows(ctx); err != nil {
			return err
		}
	}
	if r.has("sbom") {
		if err := r.materials(ctx); err != nil {
			return err
		}
	}
	if r.has("image") && slices.Contains(r.programs, "hub") {
		if err := r.image(ctx, stage); err != nil {
			return err
		}
	}
	if err := r.desktops(ctx, filepath.Join(stage, "desktops")); err != nil {
		return err
	}
	if err := os.RemoveAll(stage); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(r.to, "CHANGES.md"), []byte(r.changes+"\n"), 0o644); err != nil {
		return err
	}
	return sum(r.to, r.key)
}

func (r release) has(format string) bool { return slices.Contains(r.formats, format) }

// linux builds the programs for an architecture, and their packages.
func (r release) linux(ctx context.Context, stage, arch string) error {
	if err := r.stage(stage); err != nil {
		return err
	}
	env := append(r.env(), "ARCH="+arch, "STAGE="+stage, "MAINTAINER="+maintainer)
	for _, name := range r.programs {
		program := map[string]string{"hub": build.Hub, "desktop": build.Desktop}[name]
		err := build.Program(ctx, program, filepath.Join(stage, filepath.Base(program)), r.program,
			"CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
		if err != nil {
			return err
		}
		for _, format := range []string{"deb", "rpm"} {
			if !r.has(format) {
				continue
			}
			if err := r.pack(ctx, name, format, env); err != nil {
				return err
			}
		}
		if name == "desktop" && r.has("file") {
			to := filepath.Join(r.to, "traybell_"+r.pkg+"_linux_"+arch)
			if err := link(filepath.Join(stage, "traybell"), to); err != nil {
				return err
			}
		}
	}
	return nil
}

// pack makes a package by a configuration of nfpm.
func (r release) pack(ctx context.Context, name, format string, env []string) error {
	return build.Go(ctx, "Packing the "+name+" as "+format, env, "run", build.NFPM, "package",
		"--config", filepath.Join("packaging", "linux", name+".yaml"), "--packager", format, "--target", r.to)
}

// image makes the OCI image of the hub for all architectures.
func (r release) image(ctx context.Context, stage string) error {
	args := []string{
		"run", "./packaging/oci", "-version", r.pkg, "-to", filepath.Join(r.to, "traybell-hub_"+r.pkg+".oci.tar"),
	}
	for _, arch := range r.architectures {
		args = append(args, arch+"="+filepath.Join(stage, arch, "traybell-hub"))
	}
	return build.Go(ctx, "Making the image of the hub", r.env(), args...)
}

// desktops packs the desktops of the release, signed, for the hub to hand them out.
func (r release) desktops(ctx context.Context, folder string) error {
	if r.key == nil || !slices.Contains(r.programs, "desktop") {
		return nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	files, err := os.ReadDir(r.to)
	if err != nil {
		return err
	}
	for _, f := range files {
		if name := f.Name(); strings.HasPrefix(name, "traybell_") || strings.HasPrefix(name, "traybell-"+r.pkg) {
			if err := link(filepath.Join(r.to, name), filepath.Join(folder, name)); err != nil {
				return err
			}
		}
	}
	if err := sum(folder, r.key); err != nil {
		return err
	}
	env := append(r.env(), "STAGE="+folder, "MAINTAINER="+maintainer)
	for _, format := range []string{"deb", "rpm"} {
		if r.has(format) {
			if err := r.pack(ctx, "desktops", format, env); err != nil {
				return err
			}
		}
	}
	return nil
}

// link gives a file another name.
func link(from, to string) error {
	if err := os.Link(from, to); err == nil {
		return nil
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o755)
}

// stage writes the files of packages that are not in the source tree as they are.
func (r release) stage(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	unit, err := os.ReadFile(filepath.Join("packaging", "systemd", "traybell-hub.service"))
	if err != nil {
		return err
	}
	here := strings.ReplaceAll(string(unit), "/usr/local/bin/", "/usr/bin/")
	if err := os.WriteFile(filepath.Join(folder, "traybell-hub.service"), []byte(here), 0o644); err != nil {
		return err
	}
	for _, name := range []string{"traybell-hub", "traybell"} {
		if err := r.changelog(filepath.Join(folder, name+".changelog.gz"), name); err != nil {
			return err
		}
	}
	return nil
}

// materials writes what modules the programs consist of, with their licences (CycloneDX).
func (r release) materials(ctx context.Context) error {
	for _, program := range r.programs {
		to := filepath.Join(r.to, fmt.Sprintf("%s_%s.cdx.json", program, r.pkg))
		err := build.Go(ctx, "Listing the modules of the "+program, r.env(), "run", sbom, "app", "-json", "-licenses",
			"-noserial", "-notimestamp", "-main", program, "-output", to, ".")
		if err != nil {
			return err
		}
	}
	return nil
}
