// bcryptprimitives.dll for Go's runtime in Wine before 8.13: random bytes from a function that every Wine
// has. Only for tests under Wine.
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID to, ULONG length); // RtlGenRandom, of advapi32.dll

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE to, SIZE_T length)
{
	while (length > 0) {
		ULONG part = length > 0x10000 ? 0x10000 : (ULONG)length;
		if (!SystemFunction036(to, part))
			return FALSE;
		to += part;
		length -= part;
	}
	return TRUE;
}
