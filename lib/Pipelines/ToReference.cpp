#include "SparseAttn/Pipelines/Pipelines.h"
void mlir::sattn::buildToReferencePipeline(OpPassManager&){}
