// What cgo makes of the functions that the Go files export.
void tbInput(unsigned long long number, int kind, int x, int y);
void tbScreensChanged(void);
void tbOpenURL(char *text);
