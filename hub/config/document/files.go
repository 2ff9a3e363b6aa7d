package document

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"traybell/shared/bounded"
)

// maxSecret limits the size of secret files, in bytes.
const maxSecret = 64 << 10

// files reads the *_file of every secret.
func (d *Document) files(v reflect.Value, key string) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			d.files(v.Index(i), fmt.Sprintf("%s[%d]", key, i))
		}
	case reflect.Struct:
		fields := Fields(v.Type())
		for name, i := range fields {
			at := join(key, name)
			if v.Field(i).Type() != secretType {
				d.files(v.Field(i), at)
				continue
			}
			path := v.Field(fields[name+"_file"])
			if path.String() == "" {
				continue
			}
			if !v.Field(i).Interface().(Secret).Empty() {
				d.Complain(at+"_file", "both `%s` and `%s_file` are set; remove one of them", name, name)
				continue
			}
			path.SetString(d.Absolute(path.String()))
			run := v.Type().Field(fields[name+"_file"]).Tag.Get("run")
			if secret, ok := d.secretFile(path.String(), at+"_file", run); ok {
				v.Field(i).Set(reflect.ValueOf(secret))
			}
			d.bad[at] = d.bad[at+"_file"]
		}
		for _, i := range inlined(v.Type()) {
			d.files(v.Field(i), key)
		}
	}
}

// secretFile reads a secret; run is the command that prints one, if there is one.
func (d *Document) secretFile(path, key, run string) (Secret, bool) {
	text, err := ReadFile(path, maxSecret)
	if err != nil {
		remedy := "write only the secret to this file and make it readable only by the hub's user"
		if run != "" {
			remedy = "run: " + run + " > " + path
		}
		d.Complain(key, "%s; %s", err, remedy)
		return Secret{}, false
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if strings.TrimSpace(secret) == "" {
		d.Complain(key, "%s is empty; write only the secret to it", path)
		return Secret{}, false
	}
	d.src.remember(secret)
	if info, err := os.Stat(path); err == nil && WorldReadable(info) {
		d.Warn(key, "all users of this computer can read %s; run: chmod 600 %s", path, path)
	}
	return NewSecret(secret), true
}

// WorldReadable reports whether all users of this computer can read a file.
func WorldReadable(info os.FileInfo) bool {
	return runtime.GOOS != "windows" && info.Mode().Perm()&0o004 != 0
}

// ReadFile reads a file of at most this many bytes, without a byte order mark.
func ReadFile(path string, most int64) ([]byte, error) {
	text, err := bounded.ReadFile(path, most)
	return Text(text), err
}

// Text removes the byte order mark, which editors on Windows add.
func Text(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\ufeff")) }

// HasPlainSecret reports whether a section contains a secret that is not in a separate file.
func HasPlainSecret(section any) bool { return hasPlainSecret(reflect.ValueOf(section).Elem()) }

func hasPlainSecret(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			if hasPlainSecret(v.Index(i)) {
				return true
			}
		}
	case reflect.Struct:
		fields := Fields(v.Type())
		for name, i := range fields {
			switch secret, ok := v.Field(i).Interface().(Secret); {
			case !ok && hasPlainSecret(v.Field(i)):
				return true
			case ok && !secret.Empty() && v.Field(fields[name+"_file"]).String() == "":
				return true
			}
		}
		for _, i := range inlined(v.Type()) {
			if hasPlainSecret(v.Field(i)) {
				return true
			}
		}
	}
	return false
}

// Files returns the secret and certificate files in a section.
func (d *Document) Files(section any) []string {
	return filesOf(reflect.ValueOf(section).Elem(), d.folder)
}

func filesOf(v reflect.Value, folder string) []string {
	var files []string
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			files = append(files, filesOf(v.Index(i), folder)...)
		}
	case reflect.Struct:
		for name, i := range Fields(v.Type()) {
			field := v.Field(i)
			if field.Kind() != reflect.String {
				files = append(files, filesOf(field, folder)...)
				continue
			}
			if path := field.String(); path != "" && (strings.HasSuffix(name, "_file") || slices.Contains([]string{
				"ca", "cert", "key",
			}, name)) {
				files = append(files, filepath.Clean(inFolder(folder, path)))
			}
		}
		for _, i := range inlined(v.Type()) {
			files = append(files, filesOf(v.Field(i), folder)...)
		}
	}
	return files
}
