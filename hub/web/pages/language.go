package pages

import (
	"net/http"

	"traybell/assets/translations"

	"golang.org/x/text/language"
)

// languageCookie has the language that a person chose.
const languageCookie = "traybell-language"

// Language returns the code of the language of a page: the chosen one, or else the browser's.
func Language(r *http.Request) string {
	if c, err := r.Cookie(languageCookie); err == nil {
		return translations.Match(c.Value)
	}
	wanted, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return translations.Match("")
	}
	for _, tag := range wanted {
		base, _ := tag.Base()
		if code := translations.Match(base.String()); code == base.String() {
			return code
		}
	}
	return translations.Match("")
}

// ChooseLanguage keeps the language that a person chose.
func ChooseLanguage(w http.ResponseWriter, code string, secure bool) {
	http.SetCookie(w, &http.Cookie{
		Name: languageCookie, Value: translations.Match(code), Path: "/", MaxAge: 365 * 24 * 60 * 60,
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	})
}
