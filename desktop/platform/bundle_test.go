//go:build !windows

package platform

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
)

// macOS reads what the program opens from its bundle; the file is well-formed and names what
// Schemes does.
func TestTheMacBundleNamesTheSchemes(t *testing.T) {
	f, err := os.Open("../../packaging/macos/Info.plist")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var key, text string
	var schemes []string
	facts := map[string]string{}
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
				facts[key] = e.Name.Local + text
			}
		}
	}
	if !slices.Equal(schemes, Schemes()) {
		t.Errorf("the bundle opens %q, the program %q", schemes, Schemes())
	}
	if facts["CFBundleIdentifier"] != "stringio.github.traybell" || facts["LSUIElement"] != "true" {
		t.Errorf("%q", facts)
	}
}
