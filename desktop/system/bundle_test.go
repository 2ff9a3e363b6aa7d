//go:build !windows

package system

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
)

// The bundle's Info.plist must be well-formed and list the same schemes as Schemes.
func TestMacBundleListsSchemes(t *testing.T) {
	f, err := os.Open("../../packaging/macos/Info.plist")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var key, text string
	var schemes []string
	keys := map[string]string{}
	for d := xml.NewDecoder(f); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			text = ""
		case xml.CharData:
			text += string(e)
		case xml.EndElement:
			switch {
			case e.Name.Local == "key":
				key = text
			case e.Name.Local == "string" && key == "CFBundleURLSchemes":
				schemes = append(schemes, text)
			case e.Name.Local == "string" || e.Name.Local == "true":
				keys[key] = e.Name.Local + text
			}
		}
	}
	if !slices.Equal(schemes, Schemes()) {
		t.Errorf("schemes of the bundle: %q, of the program: %q", schemes, Schemes())
	}
	if keys["CFBundleIdentifier"] != "stringio.github.traybell" || keys["LSUIElement"] != "true" {
		t.Errorf("%q", keys)
	}
}
