package preferences

import (
	"testing"

	"traybell/desktop/settings"

	"github.com/google/go-cmp/cmp"
)

// The settings window shows the flags. They are stored only if the agent changes them there.
func TestFlagsAreNotKept(t *testing.T) {
	kept := settings.Own{Server: "hub", Port: 12000, Extension: "101", Pin: "AA", Language: "en", Desktop: "me"}
	flags := Flags{Server: "other", Port: 13000, Extension: "202", Trust: "BB"}
	for _, test := range []struct {
		name       string
		kept       settings.Own
		flags      Flags
		edit       func(*settings.Own)
		want       func(*settings.Own)
		wantShown  func(*settings.Own)
		wantServer string // of the flags, afterwards
	}{
		{
			"no flags, no change", kept,
			Flags{},
			func(*settings.Own) {}, func(*settings.Own) {},
			func(*settings.Own) {}, "",
		},
		{
			"all flags, the language changed", kept, flags,
			func(o *settings.Own) { o.Language = "ru" },
			func(o *settings.Own) { o.Language = "ru" },
			func(o *settings.Own) { o.Server, o.Port, o.Extension, o.Pin = "other", 13000, "202", "BB" }, "other",
		},
		{
			"the extension flag changed", kept, flags,
			func(o *settings.Own) { o.Extension = "303" },
			func(o *settings.Own) { o.Extension = "303" },
			func(o *settings.Own) { o.Server, o.Port, o.Extension, o.Pin = "other", 13000, "202", "BB" }, "other",
		},
		{
			"the server flag changed, which drops its certificate", kept,
			flags,
			func(o *settings.Own) { o.Server, o.Port, o.Pin = "third", 0, "" },
			func(o *settings.Own) { o.Server, o.Port, o.Pin = "third", 0, "" },
			func(o *settings.Own) { o.Server, o.Port, o.Extension, o.Pin = "other", 13000, "202", "BB" }, "",
		},
		{
			"a certificate for the kept hub", kept,
			Flags{Trust: "BB"},
			func(o *settings.Own) { o.Corner = "top-left" },
			func(o *settings.Own) { o.Corner = "top-left" },
			func(o *settings.Own) { o.Pin = "BB" }, "",
		},
		{
			"another hub without a certificate", kept,
			Flags{Server: "other"},
			func(*settings.Own) {}, func(*settings.Own) {},
			func(o *settings.Own) { o.Server, o.Port, o.Pin = "other", 0, "" }, "other",
		},
		{
			"first start, all flags",
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
				t.Errorf("merged (-want +got):\n%s", d)
			}
			edited := test.flags.over(test.kept)
			test.edit(&edited)
			test.want(&want)
			if d := cmp.Diff(want, test.flags.keep(test.kept, edited)); d != "" {
				t.Errorf("kept (-want +got):\n%s", d)
			}
			if test.flags.Server != test.wantServer {
				t.Errorf("server flag %q afterwards, want %q", test.flags.Server, test.wantServer)
			}
			if got := test.flags.over(want); got.Extension != edited.Extension || !got.SameHub(edited) {
				t.Errorf("after saving %+v, want %+v", got, edited)
			}
		})
	}
}

// A trusted certificate is stored for the hub in the settings, not for one from the command line.
func TestWhichCertificateIsKept(t *testing.T) {
	kept := settings.Own{Server: "hub", Pin: "AA"}
	for _, test := range []struct {
		name  string
		flags Flags
		want  string // kept
	}{
		{"the kept hub", Flags{}, "CC"},
		{"the kept hub, named again", Flags{Server: "hub", Port: settings.DefaultPort}, "CC"},
		{"the kept hub, whose flagged certificate has changed", Flags{Trust: "BB"}, "CC"},
		{"another hub", Flags{Server: "other"}, "AA"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := test.flags.trusted(kept, "CC")
			if got.Pin != test.want {
				t.Errorf("kept is %q, want %q", got.Pin, test.want)
			}
			if got := test.flags.over(got).Pin; got != "CC" {
				t.Errorf("merged pin is %q", got)
			}
		})
	}
}
