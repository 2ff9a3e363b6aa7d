// What surface_darwin.m offers to surface_darwin.go. Every function may be called from any thread; the work is done on the main one.
#include <stdbool.h>

enum { maxScreens = 16 };

typedef struct {
	char name[64];
	double x, y, w, h;                 // points, from the upper left of the primary screen, y downwards
	double workX, workY, workW, workH; // without menu bar and Dock
	double scale;                      // pixels a point
	bool primary, pointer;
} TBScreen;

// tbScreens fills in the screens and returns how many there are; -1 when the main thread did not answer within two seconds.
int tbScreens(TBScreen *out);
// tbNew makes a panel; id comes back with its input. NULL when the main thread did not answer.
void *tbNew(unsigned long long id);
// tbPresent takes a copy of the pixels: RGBA, not premultiplied, w*h*4 bytes.
void tbPresent(void *panel, const void *rgba, int w, int h, double scale);
void tbMove(void *panel, double x, double y);
void tbAlpha(void *panel, double alpha);
void tbShow(void *panel);
void tbHide(void *panel);
void tbClose(void *panel);
// tbWatch has tbScreensChanged called when screens come, go or change.
void tbWatch(void);
