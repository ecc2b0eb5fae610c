// Scaling of 45 nm figures to another process node.
//
// Area goes with the square of the feature size. Energy and leakage power go with its first power:
// capacitance and total transistor width shrink with the dimension, while the supply voltage and
// the leakage per micrometre of transistor width are taken as constant, as they nearly are since
// the end of Dennard scaling at about 65 nm. Above that the supply was higher (1.8 V at 180 nm), so
// that energies at 90 to 180 nm are lower bounds; below 28 nm it fell further, so that they are
// upper bounds.
//
// Judged, not fitted: EIE (Table V) projects its own 45 nm machine to 28 nm, 256 PEs at 1200 MHz,
// as 63.8 mm2 and 2.36 W. These rules turn its 40.8 mm2 and 0.59 W for 64 PEs at 800 MHz into 63.2
// mm2 (-1.0 %) and 2.20 W (-6.7 %); the paper holds the power of a PE constant while its clock
// rises by half.
#pragma once

namespace assay::cost {

double area_scale(double technology_nm);
double energy_scale(double technology_nm);
double leakage_scale(double technology_nm);

} // namespace assay::cost
