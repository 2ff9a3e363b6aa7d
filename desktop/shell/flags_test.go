package shell

import (
	"testing"

	"traybell/desktop/settings"

	"github.com/google/go-cmp/cmp"
)

// What the command line says is shown in the settings and stays out of the file, unless the agent
// changes it there.
func TestTheCommandLineIsNotKept(t *testing.T) {
	kept := settings.Own{Server: "hub", Port: 12000, Extension: "101", Pin: "AA", Language: "en", Desktop: "me"}
	flags := Options{Server: "other", Port: 13000, Extension: "202", Trust: "BB"}
	for _, test := range []struct {
		name       string
		kept       settings.Own
		flags      Options
		edit       func(*settings.Own)
		want       func(*settings.Own)
		wantShown  func(*settings.Own)
		wantServer string // of the command line, afterwards
	}{
		{
			"nothing said, nothing changed", kept,
			Options{},
			func(*settings.Own) {}, func(*settings.Own) {},
			func(*settings.Own) {}, "",
		},
		{
			"all said, the language changed", kept, flags,
			func(o *settings.Own) { o.Language = "ru" },
			func(o *settings.Own) { o.Language = "ru" },
			func(o *settings.Own) { o.Server, o.Port, o.Extension, o.Pin = "other", 13000, "202", "BB" }, "other",
		},
		{
			"the extension of the command line changed", kept, flags,
			func(o *settings.Own) { o.Extension = "303" },
			func(o *settings.Own) { o.Extension = "303" },
			func(o *settings.Own) { o.Server, o.Port, o.Extension, o.Pin = "other", 13000, "202", "BB" }, "other",
		},
		{
			"the server of the command line changed, and so its certificate is not the one that was trusted", kept,
			flags,
			func(o *settings.Own) { o.Server, o.Port, o.Pin = "third", 0, "" },
			func(o *settings.Own) { o.Server, o.Port, o.Pin = "third", 0, "" },
			func(o *settings.Own) { o.Server, o.Port, o.Extension, o.Pin = "other", 13000, "202", "BB" }, "",
		},
		{
			"a certificate for the hub that is kept", kept,
			Options{Trust: "BB"},
			func(o *settings.Own) { o.Corner = "top-left" },
			func(o *settings.Own) { o.Corner = "top-left" },
			func(o *settings.Own) { o.Pin = "BB" }, "",
		},
		{
			"another hub without a word about its certificate", kept,
			Options{Server: "other"},
			func(*settings.Own) {}, func(*settings.Own) {},
			func(o *settings.Own) { o.Server, o.Port, o.Pin = "other", 0, "" }, "other",
		},
		{
			"a first start with everything said",
			settings.Own{Desktop: "me"},
			flags,
			func(o *settings.Own) { o.Scale = 1.5 },
			func(o *settings.Own) { o.Scale = 1.5 },
			func(o *settings.Own) { o.Server, o.Port, o.Extension, o.Pin = "other", 13000, "202", "BB" }, "other",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			shown, want := test.kept, test.kept
			test.wantShown(&shown)
			if d := cmp.Diff(shown, test.flags.over(test.kept)); d != "" {
				t.Errorf("in force (-want +got):\n%s", d)
			}
			edited := test.flags.over(test.kept)
			test.edit(&edited)
			test.want(&want)
			if d := cmp.Diff(want, test.flags.keep(test.kept, edited)); d != "" {
				t.Errorf("kept (-want +got):\n%s", d)
			}
			if test.flags.Server != test.wantServer {
				t.Errorf("the command line's server is %q afterwards, want %q", test.flags.Server, test.wantServer)
			}
			if got := test.flags.over(want); got.Extension != edited.Extension || !got.SameHub(edited) {
				t.Errorf("saved, and %+v is in force instead of %+v", got, edited)
			}
		})
	}
}

// A certificate that the agent trusts is kept for the hub that is kept, and forgotten with the run
// for one that the command line named.
func TestWhichCertificateIsRemembered(t *testing.T) {
	kept := settings.Own{Server: "hub", Pin: "AA"}
	for _, test := range []struct {
		name  string
		flags Options
		want  string // kept
	}{
		{"the kept hub", Options{}, "CC"},
		{"the kept hub, named again", Options{Server: "hub", Port: settings.DefaultPort}, "CC"},
		{"the kept hub, with a certificate that the command line named and that has changed", Options{Trust: "BB"}, "CC"},
		{"another hub", Options{Server: "other"}, "AA"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := test.flags.trusted(kept, "CC")
			if got.Pin != test.want {
				t.Errorf("kept is %q, want %q", got.Pin, test.want)
			}
			if got := test.flags.over(got).Pin; got != "CC" {
				t.Errorf("in force is %q", got)
			}
		})
	}
}
