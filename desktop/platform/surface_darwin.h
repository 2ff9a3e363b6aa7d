// Functions of surface_darwin.m for surface_darwin.go. They are safe to call from any thread and
// work on the main one.
#include <stdbool.h>

enum { maxScreens = 16 };

typedef struct {
	char name[64];
	double x, y, w, h;                 // points, from the upper left of the primary screen, y downwards
	double workX, workY, workW, workH; // without menu bar and Dock
	double scale;                      // pixels per point
	bool primary, pointer;
} TBScreen;

// tbScreens fills in the screens and returns their number, or -1 if the main thread does not
// respond within two seconds.
int tbScreens(TBScreen *out);
// tbNew creates a panel; id is passed back with its input. It returns NULL if the main thread does
// not respond.
void *tbNew(unsigned long long id);
// tbPresent copies the pixels: RGBA, not premultiplied, w*h*4 bytes.
void tbPresent(void *panel, const void *rgba, int w, int h, double scale);
void tbMove(void *panel, double x, double y);
void tbAlpha(void *panel, double alpha);
void tbShow(void *panel);
void tbHide(void *panel);
void tbClose(void *panel);
// tbWatch calls tbScreensChanged when screens change.
void tbWatch(void);
